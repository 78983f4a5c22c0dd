# Gerbang pembayaran: isian pengaturan dan langkah membayar.
# Baris pertama setiap petunjuk adalah nama aplikasinya, baris berikutnya masing-masing satu langkah.

gateways-midtrans-server-key = Server key
gateways-midtrans-server-key-help = Ada di dasbor Midtrans, menu Settings → Access Keys. Disimpan terenkripsi dan tidak pernah ditampilkan lagi.
gateways-midtrans-client-key = Client key
gateways-midtrans-client-key-help = Kunci publik untuk peramban, dari halaman yang sama dengan server key.
gateways-midtrans-server-key-previous = Server key sebelumnya
gateways-midtrans-server-key-previous-help = Isi hanya selama pergantian kunci, supaya notifikasi yang ditandatangani kunci lama tetap diterima. Kosongkan setelah selesai.
gateways-midtrans-merchant-id = Merchant ID
gateways-midtrans-merchant-id-help = Diawali huruf G. Bila diisi, notifikasi untuk merchant lain ditolak.
gateways-midtrans-is-production = Mode produksi
gateways-midtrans-is-production-help = Nyalakan untuk menerima uang sungguhan. Bila mati, pembayaran lewat sandbox Midtrans.

gateways-guide-bca-mobile =
    BCA mobile
    Buka BCA mobile, pilih m-BCA, lalu masukkan kode akses.
    Pilih m-Transfer, lalu BCA Virtual Account.
    Masukkan nomor virtual account, lalu tekan Send.
    Cocokkan nama dan jumlah tagihan, lalu masukkan PIN m-BCA.
gateways-guide-bca-mybca =
    myBCA
    Buka myBCA dan masuk ke akun Anda.
    Pilih Transfer, lalu Virtual Account.
    Masukkan nomor virtual account, lalu tekan Lanjut.
    Cocokkan nama dan jumlah tagihan, lalu konfirmasi dengan PIN.
gateways-guide-bca-atm =
    ATM BCA
    Masukkan kartu dan PIN Anda.
    Pilih Transaksi Lainnya, Transfer, lalu ke Rek BCA Virtual Account.
    Masukkan nomor virtual account, lalu tekan Benar.
    Cocokkan nama dan jumlah tagihan, lalu tekan Ya.
gateways-guide-bni-wondr =
    wondr by BNI
    Buka wondr by BNI dan masuk ke akun Anda.
    Pilih Transfer, lalu Virtual Account.
    Masukkan nomor virtual account.
    Cocokkan jumlah tagihan, lalu konfirmasi dengan PIN transaksi.
gateways-guide-bni-atm =
    ATM BNI
    Masukkan kartu dan PIN Anda.
    Pilih Menu Lainnya, Transfer, lalu Virtual Account Billing.
    Masukkan nomor virtual account, lalu tekan Benar.
    Cocokkan jumlah tagihan, lalu tekan Ya.
gateways-guide-bni-other-bank =
    Aplikasi bank lain
    Pilih Transfer ke bank lain dengan tujuan BNI (kode 009).
    Masukkan nomor virtual account sebagai nomor rekening.
    Masukkan jumlah persis seperti tagihan, sampai rupiah terakhir.
    Konfirmasi transfer dengan PIN Anda.
gateways-guide-bri-brimo =
    BRImo
    Buka BRImo dan masuk ke akun Anda.
    Pilih BRIVA, lalu Pembayaran Baru.
    Masukkan nomor virtual account, lalu tekan Lanjutkan.
    Cocokkan nama dan jumlah tagihan, lalu masukkan PIN.
gateways-guide-bri-atm =
    ATM BRI
    Masukkan kartu dan PIN Anda.
    Pilih Transaksi Lain, Pembayaran, Lainnya, lalu BRIVA.
    Masukkan nomor virtual account, lalu tekan Benar.
    Cocokkan nama dan jumlah tagihan, lalu tekan Ya.
gateways-guide-bri-other-bank =
    Aplikasi bank lain
    Pilih Transfer ke bank lain dengan tujuan BRI (kode 002).
    Masukkan nomor virtual account sebagai nomor rekening.
    Masukkan jumlah persis seperti tagihan, sampai rupiah terakhir.
    Konfirmasi transfer dengan PIN Anda.
gateways-guide-cimb-octo =
    OCTO Mobile
    Buka OCTO Mobile dan masuk ke akun Anda.
    Pilih Transfer, lalu Transfer ke CIMB Niaga.
    Masukkan nomor virtual account dan jumlah tagihan.
    Cocokkan rinciannya, lalu masukkan PIN OCTO Mobile.
gateways-guide-cimb-atm =
    ATM CIMB Niaga
    Masukkan kartu dan PIN Anda.
    Pilih Pembayaran, Lanjut, lalu Virtual Account.
    Masukkan nomor virtual account, lalu tekan Proses.
    Cocokkan nama dan jumlah tagihan, lalu tekan Proses sekali lagi.
gateways-guide-cimb-other-bank =
    Aplikasi bank lain
    Pilih Transfer ke bank lain dengan tujuan CIMB Niaga (kode 022).
    Masukkan nomor virtual account sebagai nomor rekening.
    Masukkan jumlah persis seperti tagihan, sampai rupiah terakhir.
    Konfirmasi transfer dengan PIN Anda.
gateways-guide-permata-mobile-x =
    PermataMobile X
    Buka PermataMobile X dan masuk ke akun Anda.
    Pilih Bayar Tagihan, lalu Virtual Account.
    Masukkan nomor virtual account.
    Cocokkan jumlah tagihan, lalu konfirmasi dengan PIN transaksi.
gateways-guide-permata-atm =
    ATM Permata
    Masukkan kartu dan PIN Anda.
    Pilih Transaksi Lainnya, Pembayaran, Pembayaran Lainnya, lalu Virtual Account.
    Masukkan nomor virtual account, lalu tekan Benar.
    Cocokkan jumlah tagihan, lalu tekan Benar sekali lagi.
gateways-guide-permata-other-bank =
    Aplikasi bank lain
    Pilih Transfer ke bank lain dengan tujuan Permata (kode 013).
    Masukkan nomor virtual account sebagai nomor rekening.
    Masukkan jumlah persis seperti tagihan, sampai rupiah terakhir.
    Konfirmasi transfer dengan PIN Anda.
gateways-guide-mandiri-livin =
    Livin’ by Mandiri
    Buka Livin’ by Mandiri dan masuk ke akun Anda.
    Pilih Bayar, lalu cari penyedia jasa dengan kode perusahaan yang tertera.
    Masukkan kode bayar, lalu tekan Lanjutkan.
    Cocokkan jumlah tagihan, lalu konfirmasi dengan PIN.
gateways-guide-mandiri-atm =
    ATM Mandiri
    Masukkan kartu dan PIN Anda.
    Pilih Bayar/Beli, Lainnya, lalu Multi Payment.
    Masukkan kode perusahaan, lalu tekan Benar.
    Masukkan kode bayar, lalu tekan Benar.
    Cocokkan jumlah tagihan, tekan angka 1, lalu Ya.
gateways-guide-mandiri-web =
    Livin’ di web
    Masuk ke internet banking Mandiri.
    Pilih Bayar, lalu Multi Payment.
    Pilih rekening, lalu isi kode perusahaan dan kode bayar.
    Cocokkan jumlah tagihan, lalu konfirmasi pembayaran.
gateways-guide-qris-gopay =
    GoPay, OVO, DANA, ShopeePay
    Buka aplikasi dompet digital Anda.
    Tekan Bayar atau Scan, lalu arahkan kamera ke kode QR.
    Cocokkan nama penerima dan jumlah, lalu masukkan PIN.
gateways-guide-qris-bank =
    Aplikasi bank
    Buka aplikasi bank Anda, lalu pilih QRIS.
    Arahkan kamera ke kode QR.
    Cocokkan nama penerima dan jumlah, lalu masukkan PIN.
gateways-guide-qris-same-phone =
    Dari ponsel yang sama
    Simpan kode QR ke galeri, atau ambil tangkapan layarnya.
    Buka aplikasi pembayaran, pilih Scan, lalu ambil gambar dari galeri.
    Cocokkan nama penerima dan jumlah, lalu masukkan PIN.

gateways-transfer-accounts = Rekening bank
gateways-transfer-accounts-help = Satu per baris: bank | nomor rekening | atas nama. Pelanggan boleh mentransfer ke salah satunya.
gateways-transfer-lifetime-hours = Waktu membayar, dalam jam
gateways-transfer-lifetime-hours-help = 1 sampai 720; 48 bila dikosongkan. Transfer yang buktinya sudah dikirim menunggu Anda dan tidak berakhir.
gateways-transfer-code-from = Kode unik terkecil
gateways-transfer-code-from-help = 1 sampai 999; 1 bila dikosongkan.
gateways-transfer-code-to = Kode unik terbesar
gateways-transfer-code-to-help = Ditambahkan paling banyak 999 rupiah supaya tidak ada dua jumlah terbuka yang sama; uangnya masuk ke saldo pelanggan. 0 berarti tanpa kode.
gateways-transfer-quarantine-days = Karantina, dalam hari
gateways-transfer-quarantine-days-help = Selama itu suatu jumlah tidak dipakai lagi setelah pembayarannya berakhir; 7 bila dikosongkan.

gateways-guide-transfer-app =
    Aplikasi bank yang sama
    Buka aplikasi bank Anda dan pilih Transfer.
    Masukkan nomor rekening kami di atas dan cocokkan nama pemiliknya.
    Masukkan jumlah persis, sampai tiga digit terakhir.
    Konfirmasi, lalu simpan tangkapan layar bukti transfernya.
gateways-guide-transfer-other-bank =
    Aplikasi bank lain
    Pilih transfer ke bank lain, sebaiknya lewat BI-FAST.
    Pilih bank kami dan masukkan nomor rekening di atas.
    Masukkan jumlah persis; biaya bank Anda dihitung terpisah.
    Konfirmasi, lalu simpan tangkapan layar bukti transfernya.
gateways-guide-transfer-atm =
    ATM
    Pilih Transfer, lalu ke rekening bank kami atau bank lain dengan kodenya.
    Masukkan nomor rekening dan jumlah persis.
    Cocokkan nama pemilik rekening, lalu konfirmasi.
    Simpan struknya dan ambil fotonya.

gateways-tripay-merchant-code = Kode merchant
gateways-tripay-merchant-code-help = Diawali huruf T, misalnya T1234. Ada di dasbor Tripay, menu Merchant.
gateways-tripay-api-key = API key
gateways-tripay-api-key-help = Ada di dasbor Tripay, menu Merchant → Opsi → Edit. Disimpan terenkripsi dan tidak pernah ditampilkan lagi.
gateways-tripay-private-key = Private key
gateways-tripay-private-key-help = Menandatangani tagihan dan notifikasi. Dari halaman yang sama dengan API key.
gateways-tripay-private-key-previous = Private key sebelumnya
gateways-tripay-private-key-previous-help = Isi hanya selama pergantian kunci, supaya notifikasi yang ditandatangani kunci lama tetap diterima. Kosongkan setelah selesai.
gateways-tripay-is-production = Mode produksi
gateways-tripay-is-production-help = Nyalakan untuk menerima uang sungguhan. Bila mati, pembayaran lewat sandbox Tripay.

gateways-guide-va-mobile =
    Mobile banking
    Buka aplikasi bank Anda, lalu pilih Bayar atau Transfer, lalu Virtual Account.
    Masukkan nomor virtual account.
    Cocokkan nama dan jumlah tagihan, lalu konfirmasi dengan PIN.
gateways-guide-va-atm =
    ATM
    Masukkan kartu dan PIN Anda.
    Pilih Pembayaran atau Transfer, lalu Virtual Account.
    Masukkan nomor virtual account.
    Cocokkan nama dan jumlah tagihan, lalu konfirmasi.
gateways-guide-va-other-bank =
    Aplikasi bank lain
    Pilih Transfer ke bank lain dengan tujuan bank yang tertera.
    Masukkan nomor virtual account sebagai nomor rekening.
    Masukkan jumlah persis seperti tagihan, sampai rupiah terakhir.
    Konfirmasi transfer dengan PIN Anda.
gateways-guide-store-till =
    Di kasir
    Datang ke gerai yang tertera dan sampaikan ingin membayar tagihan.
    Tunjukkan kode pembayaran kepada kasir.
    Bayar sesuai tagihan. Gerai dapat menambahkan biaya layanan.
gateways-guide-store-check =
    Sebelum membayar
    Minta kasir menyebutkan nama penerima dan jumlahnya.
    Bila keduanya cocok, lanjutkan pembayaran.
gateways-guide-store-receipt =
    Setelah membayar
    Simpan struk sampai tagihan Anda tercatat lunas.
    Status di halaman ini berubah dengan sendirinya.
gateways-guide-wallet-open =
    Dari ponsel
    Buka halaman pembayaran lewat tombol di atas.
    Aplikasi dompet digital Anda terbuka dengan sendirinya.
    Cocokkan jumlahnya, lalu masukkan PIN.
gateways-guide-wallet-computer =
    Dari komputer
    Buka halaman pembayaran lewat tombol di atas.
    Masukkan nomor ponsel dompet digital Anda, atau pindai kode yang tampil.
    Selesaikan pembayaran di ponsel.
gateways-guide-wallet-return =
    Setelah membayar
    Kembali ke halaman ini.
    Status berubah dengan sendirinya setelah pembayaran diterima.

gateways-xendit-secret-key = Secret key
gateways-xendit-secret-key-help = Ada di dasbor Xendit, menu Settings → API Keys, dengan izin Money-in. Awalan kunci menentukan mode: xnd_development_ untuk uji coba, xnd_production_ untuk uang sungguhan. Disimpan terenkripsi dan tidak pernah ditampilkan lagi.
gateways-xendit-callback-token = Token verifikasi webhook
gateways-xendit-callback-token-help = Ada di dasbor Xendit, menu Settings → Webhooks. Isi juga alamat notifikasi akun ini di halaman itu.
gateways-xendit-callback-token-previous = Token verifikasi sebelumnya
gateways-xendit-callback-token-previous-help = Isi hanya selama pergantian token, supaya notifikasi dengan token lama tetap diterima. Kosongkan setelah selesai.
gateways-xendit-business-id = ID bisnis
gateways-xendit-business-id-help = Bila diisi, notifikasi untuk bisnis lain ditolak.

gateways-guide-card-page =
    Membayar dengan kartu
    Buka halaman pembayaran lewat tombol di atas.
    Isi data kartu Anda. Nomor kartu hanya dilihat oleh penyedia pembayaran.
    Cocokkan jumlahnya, lalu lanjutkan.
gateways-guide-card-code =
    Kode dari bank
    Bank Anda mengirim kode lewat SMS atau aplikasinya.
    Masukkan kode itu di halaman pembayaran.

gateways-guide-card-here =
    Membayar dengan kartu
    Tekan tombol di atas untuk menuju bank penerbit kartu Anda.
    Setujui pembayaran di sana.
    Anda kembali ke halaman ini dengan sendirinya.
gateways-guide-push-phone =
    Di ponsel
    Buka aplikasi OVO.
    Pilih pemberitahuan pembayaran yang baru masuk.
    Cocokkan jumlahnya, lalu masukkan PIN.
gateways-guide-push-nothing =
    Tidak ada permintaan?
    Pastikan nomor ponselnya nomor OVO Anda dan aplikasinya terbuka.
    Setelah waktunya habis, pilih cara bayar lagi.
gateways-guide-page-open =
    Mendapatkan nomornya
    Buka halaman pembayaran lewat tombol di atas.
    Salin nomor virtual account yang tampil di sana.
gateways-guide-lender-open =
    Membayar nanti
    Buka halaman pembayaran lewat tombol di atas.
    Masuk dengan akun Anda dan pilih tenornya.
    Setujui dengan kode yang dikirim ke ponsel Anda.
gateways-guide-lender-terms =
    Sebelum setuju
    Bunga dan biaya ditentukan oleh pemberi pinjaman, bukan oleh kami.
    Baca jumlah cicilan dan jatuh temponya.
