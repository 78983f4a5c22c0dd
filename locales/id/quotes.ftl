### Penawaran harga: dari staf kepada pelanggan, sampai menjadi pesanan.

nav-quotes = Penawaran
quote-status-draft = Draf
quote-status-sent = Menunggu jawaban
quote-status-accepted = Diterima
quote-status-declined = Ditolak
quote-status-expired = Berakhir
quote-status-withdrawn = Ditarik

## Dokumen
document-quote = Penawaran
document-quote-until = Berlaku sampai
document-stamp-quote = PENAWARAN, BUKAN TAGIHAN
document-quote-instead = Harga biasa { $amount }
document-quote-foot = Harga di atas belum ditagih. Tagihan terbit setelah penawaran ini diterima, dengan jumlah yang sama.
document-scan-to-answer = Pindai untuk melihat dan menjawab penawaran ini
document-by-quote = Sesuai penawaran { $number }
quote-line-setup = Biaya pemasangan: { $line }

## Halaman pelanggan
quote-title = Penawaran { $number }
quote-lines = Yang ditawarkan
quote-terms = Ketentuan penawaran
quote-from = Dari
quote-for = Untuk
quote-pdf = Unduh PDF
quote-answer = Terima atau tolak
quote-answer-note = Untuk menjawab, masuklah dengan akun Anda. Tidak ada yang ditagih sebelum itu.
panel-quotes-subtitle = Harga yang kami tawarkan khusus untuk Anda
panel-quotes-empty-title = Belum ada penawaran
panel-quotes-empty-text = Perlu harga untuk kebutuhan khusus? Hubungi kami, penawarannya muncul di sini.
panel-quote-says-draft = Penawaran ini belum dikirim.
panel-quote-says-sent = Terima paling lambat pada hari terakhirnya, maka kami buatkan pesanan dan tagihan dengan jumlah ini.
panel-quote-says-accepted = Anda sudah menerima penawaran ini. Pesanan dan tagihannya sudah dibuat.
panel-quote-says-declined = Penawaran ini sudah ditolak. Tidak ada yang dipesan.
panel-quote-says-expired = Masa berlaku penawaran ini sudah lewat. Hubungi kami bila Anda masih berminat.
panel-quote-says-withdrawn = Kami menarik kembali penawaran ini. Tidak ada yang dipesan.
panel-quote-accept = Terima dan buat pesanan
panel-quote-accept-note = Setelah diterima, pesanan dan tagihan dibuat dengan jumlah di atas. Layanan disiapkan begitu tagihannya dibayar.
panel-quote-decline = Tolak penawaran
panel-quote-decline-title = Tolak penawaran { $number }?
panel-quote-decline-text = Penawaran yang ditolak tidak dapat diterima lagi. Alasan Anda membantu kami membuat penawaran yang lebih cocok.
panel-quote-decline-reason = Alasan
panel-quote-declined = Penawaran ditolak. Terima kasih atas jawabannya.
panel-quote-order = Lihat pesanan
panel-quote-full = Salah satu paket sedang penuh. Penawaran ini tetap terbuka dan belum ada yang ditagih; coba lagi nanti atau hubungi kami.
panel-order-quote = Penawaran

## WHM
whm-quote = Penawaran
whm-empty-quotes = Buat penawaran untuk pelanggan: paket dengan harga yang disepakati dan pekerjaan lain. Yang diterima menjadi pesanan dengan sendirinya.
whm-quote-unnumbered = Draf penawaran
whm-quote-new = Buat penawaran
whm-quote-new-text = Mulai dengan pelanggan dan kata-katanya; paket dan baris lain ditambahkan sesudah ini.
whm-quote-begin = Buat draf
whm-quote-customer-help = ID pelanggan (cus_…) atau alamat emailnya
whm-quote-until-help = Hari terakhir penawaran dapat diterima. Kosongkan untuk jumlah hari di pengaturan.
whm-quote-intro = Kata pengantar
whm-quote-intro-help = Dibaca pelanggan di atas daftar.
whm-quote-terms-help = Dibaca pelanggan di bawah daftar.
whm-quote-add-plan = Tambah paket
whm-quote-add-plan-text = Paket dari katalog, juga yang tersembunyi. Jawaban untuk pertanyaan layanan diisi pelanggan saat menerima.
whm-quote-add-words = Tambah baris bebas
whm-quote-add-words-text = Pekerjaan atau barang lain yang ditagih sekali, tanpa langganan.
whm-quote-plan-option = { $service } { $plan }, { $cycle }: { $amount }
whm-quote-quantity-help = Setiap satuan menjadi satu langganan.
whm-quote-price = Harga yang disepakati
whm-quote-price-help = Sebelum pajak, per siklus, juga untuk perpanjangan. Kosongkan untuk harga toko.
whm-quote-setup-help = Sebelum pajak, sekali. Kosongkan untuk biaya toko.
whm-quote-price-reason = Alasan harga lain
whm-quote-price-reason-help = Wajib bila harga atau biayanya bukan harga toko. Pelanggan tidak membacanya.
whm-quote-net-help = Sebelum pajak
whm-quote-instead = Harga toko { $amount }: { $reason }
whm-quote-edit = Ubah kata dan tanggal
whm-quote-remove = Hapus
whm-quote-no-lines = Tambahkan paket atau baris bebas, lalu kirim penawaran ini.
whm-quote-day-over = Hari terakhirnya sudah lewat. Ubah tanggalnya sebelum dikirim.
whm-quote-send = Kirim penawaran
whm-quote-send-text = Penawaran mendapat nomor dan dikirim ke email pelanggan. Sesudah itu isinya tidak dapat diubah lagi. Berlaku sampai { $until }.
whm-quote-withdraw = Tarik penawaran
whm-quote-withdraw-text = Pelanggan tidak dapat menerimanya lagi. Untuk mengubah isinya, salin lalu kirim yang baru.
whm-quote-discard-text = Draf ini disimpan sebagai ditarik dan tidak dapat dikirim lagi.
whm-quote-copy = Salin
whm-quote-copy-text = Dibuat draf baru dengan isi dan harga yang sama. Penawaran ini tidak berubah.
whm-quote-page = Halaman pelanggan
whm-quote-order = Pesanan
whm-quote-made-by = Dibuat oleh
whm-quote-copied = Disalin dari
whm-quote-sent-at = Dikirim
whm-quote-reminded-at = Diingatkan
whm-quote-decided-at = Selesai
whm-quote-created = Draf dibuat. Tambahkan isinya, lalu kirim.
whm-quote-line-added = Baris ditambahkan.
whm-quote-line-removed = Baris dihapus.
whm-quote-sent = Penawaran dikirim.
whm-quote-withdrawn = Penawaran ditarik.
whm-quote-copied-now = Salinan dibuat sebagai draf.
settings-numbering-quote = Penawaran
settings-numbering-quote-first = Nomor penawaran pertama tahun ini
settings-sales-quote-days = Penawaran berlaku selama
permission-ordering-quote-read = Melihat penawaran
permission-ordering-quote-manage = Membuat penawaran, menyepakati harga lain, mengirim dan menariknya

## Yang salah
field-quote-past = Pilih hari ini atau sesudahnya.
field-quote-far = Paling lama { $days } hari dari sekarang.
field-only-one = Layanan ini hanya boleh satu untuk setiap pelanggan.
