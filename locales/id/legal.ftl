### Syarat layanan dan kebijakan privasi.
legal-version = Versi { $version }
legal-terms-title = Syarat layanan
legal-privacy-title = Kebijakan privasi

legal-terms-1-title = Siapa kami
legal-terms-1-text = Layanan ini dijual dan dijalankan oleh { $seller }. Dengan membuat akun atau memesan, Anda menyetujui syarat ini.
legal-terms-2-title = Akun Anda
legal-terms-2-text =
    Isi nama dan email yang benar, dan jaga kata sandi Anda. Apa pun yang dilakukan lewat akun Anda menjadi tanggung jawab Anda.

    Beri tahu kami segera bila Anda menduga orang lain memakai akun Anda.
legal-terms-3-title = Pesanan dan harga
legal-terms-3-text =
    Harga, pajak, dan jumlah akhir tertulis sebelum Anda memesan. Pesanan yang tidak dibayar dibatalkan setelah { $cancel } hari; tidak ada yang ditagih.

    Harga yang Anda bayar saat memesan berlaku juga saat perpanjangan. Bila harga berubah, kami memberi tahu paling lambat 30 hari sebelumnya.
legal-terms-4-title = Pembayaran dan perpanjangan
legal-terms-4-text =
    Layanan dibayar di muka. Tagihan perpanjangan dikirim sebelum masa berlaku habis.

    Tagihan yang lewat jatuh tempo { $grace } hari membuat layanan ditangguhkan. Setelah { $retention } hari ditangguhkan, layanan beserta datanya dihapus. Kami mengingatkan Anda sebelum keduanya terjadi.
legal-terms-5-title = Bila layanan tidak bisa disiapkan
legal-terms-5-text = Bila layanan yang sudah Anda bayar tidak berhasil disiapkan, seluruh pembayaran untuk layanan itu kembali ke saldo Anda.
legal-terms-6-title = Pemakaian yang wajar
legal-terms-6-text =
    Anda tidak boleh memakai layanan untuk hal yang melanggar hukum, menyerang sistem lain, mengirim spam, atau menambang mata uang kripto.

    Layanan yang membahayakan pelanggan lain dapat kami tangguhkan seketika, dan kami menjelaskan alasannya.
legal-terms-7-title = Data Anda
legal-terms-7-text = Isi layanan tetap milik Anda. Simpan salinan data yang penting bagi Anda. Setelah layanan berakhir, datanya dihapus dan tidak dapat dikembalikan.
legal-terms-8-title = Tanggung jawab
legal-terms-8-text = Kami bekerja agar layanan terus berjalan, tetapi gangguan dapat terjadi. Tanggung jawab kami paling banyak sebesar yang Anda bayar untuk layanan itu dalam tiga bulan terakhir, kecuali hukum menentukan lain.
legal-terms-9-title = Berhenti
legal-terms-9-text = Anda dapat menghentikan perpanjangan kapan saja dari panel. Layanan berjalan sampai akhir masa yang sudah dibayar.
legal-terms-10-title = Hukum dan hubungi kami
legal-terms-10-text = Syarat ini mengikuti hukum Republik Indonesia. Pertanyaan dan keluhan: { $email }.

legal-privacy-1-title = Siapa yang bertanggung jawab
legal-privacy-1-text = { $seller } adalah pengendali data pribadi Anda menurut Undang-Undang Pelindungan Data Pribadi (UU 27/2022).
legal-privacy-2-title = Data yang kami simpan
legal-privacy-2-text =
    Nama, email, dan kata sandi dalam bentuk yang tidak dapat dibaca kembali; alamat dan NPWP bila Anda mengisinya; pesanan, tagihan, dan pembayaran; alamat jaringan dan waktu saat Anda masuk.

    Nomor kartu dan PIN tidak pernah sampai kepada kami; keduanya hanya Anda isikan di bank atau aplikasi pembayaran Anda.
legal-privacy-3-title = Untuk apa
legal-privacy-3-text = Untuk menjalankan layanan yang Anda pesan, menagih dan membukukannya sesuai aturan pajak, melindungi akun Anda, dan mengabari Anda tentang layanan Anda.
legal-privacy-4-title = Kepada siapa
legal-privacy-4-text = Gerbang pembayaran menerima yang diperlukan untuk membayar. Instansi pajak dan penegak hukum menerima yang diwajibkan undang-undang. Kami tidak menjual data Anda dan tidak memasang pelacak pihak lain.
legal-privacy-5-title = Berapa lama
legal-privacy-5-text = Dokumen keuangan disimpan selama diwajibkan aturan pajak, sepuluh tahun. Catatan masuk dan email yang terkirim dihapus berkala. Isi layanan dihapus ketika layanan berakhir.
legal-privacy-6-title = Kuki
legal-privacy-6-text = Kami memakai kuki hanya untuk sesi Anda, keranjang, bahasa, tampilan, dan pengamanan formulir. Tidak ada kuki iklan.
legal-privacy-7-title = Hak Anda
legal-privacy-7-text = Anda dapat meminta salinan, perbaikan, atau penghapusan data Anda, sejauh tidak wajib kami simpan. Tulis ke { $email }; kami menjawab paling lambat 3 × 24 jam.
