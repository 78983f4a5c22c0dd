# Yang disampaikan kepada staf: alert-<kode> dalam satu baris, -text apa yang terjadi, -do apa yang perlu dilakukan.

alert-timetable-late = Jadwal tidak berjalan
alert-timetable-late-text = Sudah waktunya lebih dari 15 menit tetapi belum dimulai: { $late }.
alert-timetable-late-do = Pastikan ada worker yang berjalan (“yumna worker”, atau “yumna serve” tanpa --no-worker) dan lihat lognya.

alert-jobs-overdue = Tugas latar terlambat
alert-jobs-overdue-text = { $n } tugas sudah lewat waktunya lebih dari { $minutes } menit.
alert-jobs-overdue-do = Pastikan ada worker yang berjalan dan lihat lognya.

alert-backup-old = Cadangan terakhir sudah lama
alert-backup-old-text = { $file } di { $node }, yang disentuh setiap cadangan yang berhasil: { $what }
alert-backup-old-do = Periksa pencadangan mesin ini dan buat satu cadangan sekarang.

alert-disk-low = Disk hampir penuh
alert-disk-low-text = Tersisa { $free } MiB untuk { $folder } di { $node }. Disk yang penuh menghentikan pesanan dan pembayaran.
alert-disk-low-do = Kosongkan sebagian ruangnya.

alert-job-dead = Tugas latar berhenti dicoba: { $job }
alert-job-dead-text = { $id } sudah dicoba { $n } kali dan gagal, terakhir dengan: { $error }
alert-job-dead-do = Perbaiki penyebabnya, lalu coba lagi di WHM → Tugas latar.

alert-reaction-dead = Tindak lanjut berhenti dicoba: { $reaction }
alert-reaction-dead-text = { $id } untuk { $about } gagal, terakhir dengan: { $error }
alert-reaction-dead-do = Perbaiki penyebabnya, lalu coba lagi di WHM → Tugas latar.

alert-mail-delayed = Email tertunda
alert-mail-delayed-text = Email tidak terkirim: { $error }. Pengiriman dicoba selama dua hari.
alert-mail-delayed-do = WHM → Email menunjukkan yang menunggu; “yumna doctor” menyebutkan jawaban server email.

alert-mail-refused = Email ditolak
alert-mail-refused-text = Pemberitahuan { $notice } ({ $id }) tidak dapat dikirim: { $error }.
alert-mail-refused-do = Periksa alamat pelanggan, lalu kirim lagi di WHM → Email.

alert-gateway-silent = { $gateway } tidak menjawab
alert-gateway-silent-text = { $what }
alert-gateway-silent-payment = { $n } pertanyaan tentang { $payment } tidak dijawab: { $error }. Pertanyaannya terus diulang dengan sendirinya.
alert-gateway-silent-tonight = { $n } pembayaran berturut-turut tidak dapat dibandingkan dengan catatan gerbang pembayaran, terakhir { $payment }: { $error }. Pembayarannya ditanyakan lagi malam berikutnya; gerbang lain tetap dibandingkan.
alert-gateway-silent-do = Lihat halaman status gerbang pembayarannya.

alert-gateway-refuses-key = { $gateway } menolak akun kita
alert-gateway-refuses-key-text = Pelanggan tidak dapat membayar lewat { $gateway } ({ $refusal }).
alert-gateway-refuses-key-do = Periksa kunci akunnya dan apakah akunnya masih aktif.

alert-method-not-enabled = { $gateway } tidak mengizinkan { $method }
alert-method-not-enabled-text = Pelanggan memilih { $method }, tetapi { $gateway } menolaknya ({ $refusal }).
alert-method-not-enabled-do = Minta cara bayar itu diaktifkan di sana.

alert-gateway-differences = Pembayaran berbeda dari catatan gerbang pembayaran
alert-gateway-differences-text = { $n } pembayaran berbeda dari catatan gerbang pembayarannya.
alert-gateway-differences-do = Lihat satu per satu di WHM → Selisih.

alert-payment-mismatch = Pembayaran { $payment } perlu dilihat
alert-payment-mismatch-text = { $what }
alert-payment-mismatch-report = Laporan gerbang pembayaran tidak cocok: { $wrong }. Laporannya “{ $status }”, { $amount }, untuk penagihan { $charge }. Tidak ada yang dibukukan.
alert-payment-mismatch-unclear = Jawaban gerbang pembayaran tidak dapat dibukukan: { $why }.
alert-payment-mismatch-do = Lihat di dasbor gerbang pembayaran dan di halaman pembayarannya.
alert-payment-mismatch-reference = referensinya lain
alert-payment-mismatch-charge = penagihannya lain
alert-payment-mismatch-currency = mata uangnya lain
alert-payment-mismatch-amount = jumlahnya tidak masuk akal

alert-payment-to-wallet = Pembayaran { $payment } masuk ke saldo
alert-payment-to-wallet-text = { $what }
alert-payment-to-wallet-invoice = { $amount } datang untuk tagihan yang sudah tidak terbuka dan kini ada di saldo pelanggan.
alert-payment-to-wallet-together = { $amount } datang untuk { $invoices } tagihan yang dibayar sekaligus; { $n } di antaranya tidak dapat dibayar dengannya (sudah lunas, dibatalkan, atau uangnya kurang), dan { $rest } ada di saldo pelanggan.
alert-payment-to-wallet-do = Kembalikan bila pelanggan memintanya.

alert-payment-reversed = Pembayaran { $payment } ditarik kembali
alert-payment-reversed-text = { $what }
alert-payment-reversed-nothing = Gerbang pembayaran menyebutnya “{ $status }”. Belum ada yang dibukukan sebagai diterima.
alert-payment-reversed-gone = Gerbang pembayaran menarik kembali { $amount } (“{ $status }”).
alert-payment-reversed-invoice = { $amount } dari tagihannya terbuka lagi. { $held }
alert-payment-reversed-invoices = { $amount } dari tagihan-tagihan yang dibayar sekaligus terbuka lagi. { $held }
alert-payment-reversed-held = Layanannya ditahan sampai itu dibayar.
alert-payment-reversed-goes-on = Layanannya tetap berjalan, sesuai pengaturan.
alert-payment-reversed-dispute = Sampaikan bukti Anda di gerbang pembayaran tepat waktu, lalu catat hasilnya di WHM → Sengketa.
alert-payment-reversed-lost = Saldo pelanggan tidak cukup: { $amount } dibukukan sebagai uang tak dikenal.

alert-money-unallocated = Ada uang masuk yang tidak dikenal
alert-money-unallocated-text = { $amount } masuk dengan referensi { $reference }, yang bukan milik kita.
alert-money-unallocated-do = Cari pemiliknya di WHM → Uang tak dikenal.

alert-transfers-to-check = Transfer menunggu diperiksa
alert-transfers-to-check-text = Pelanggan mengirim bukti untuk { $payment } ({ $amount }).
alert-transfers-to-check-do = Cocokkan dengan mutasi rekening di WHM → Cek transfer.

alert-webhook-changed = Gerbang pembayaran mengulang pemberitahuan dengan isi lain
alert-webhook-changed-text = Pemberitahuan { $id } datang lagi dengan isi lain; yang pertama yang berlaku.
alert-webhook-changed-do = Bandingkan keduanya dengan halaman gerbang pembayarannya.

alert-webhook-odd = Gerbang pembayaran mengirim pemberitahuan yang tidak dapat dibukukan
alert-webhook-odd-text = Pemberitahuan { $id } asli, tetapi janggal: { $doubt }. Gerbang pembayarannya sedang ditanya apa yang benar.

alert-books-wrong = Pembukuan tidak cocok
alert-books-wrong-text = { $n } hal tidak cocok, yang pertama: “{ $rule }” pada { $row }: { $detail }.
alert-books-wrong-do = Semuanya ada di WHM → Pembukuan. Hentikan pengembalian dana dan perubahan manual sampai penyebabnya ditemukan.

alert-billing-breaker = Penangguhan ditahan
alert-billing-breaker-text = { $what }
alert-billing-breaker-many = { $n } layanan ditangguhkan hari ini karena belum dibayar; batas pengamannya { $limit }. Tidak ada lagi yang ditangguhkan atau dihapus sampai Anda mengizinkannya, atau sampai hari berganti.
alert-billing-breaker-silence = Pelanggan memulai pembayaran, tetapi tidak ada gerbang pembayaran yang mengirim pemberitahuan selama { $n } jam. Tidak ada yang ditangguhkan atau dihapus sampai ada yang datang atau Anda mengizinkannya.
alert-billing-breaker-do = Periksa dulu, lalu izinkan lagi di WHM → Hari penagihan.

alert-renewal-failed = Perpanjangan tidak dapat ditagih
alert-renewal-failed-text = Harga perpanjangan { $contract } tidak dapat dihitung: { $error }. Dicoba lagi setiap hari.
alert-renewal-failed-do = Perbaiki harganya.

alert-revenue-not-earned = Pendapatan ditangguhkan tidak dapat dibukukan
alert-revenue-not-earned-text = Pendapatan dari jadwal { $schedule } tidak dapat dibukukan: { $error }. Dicoba lagi setiap hari.

alert-proof-of-undelivered = Tagihan { $invoice } sudah dikreditkan, kecuali bukti potong pajaknya
alert-proof-of-undelivered-text = Yang ditagihkan tidak jadi diserahkan.
alert-proof-of-undelivered-do = Putuskan bersama pelanggan apakah buktinya berlaku: kembalikan pembayarannya ke saldo, atau tarik buktinya dan kreditkan sisanya.

alert-undelivered-partly-paid = Tagihan { $invoice } dibayar sebagian dan menagih kontrak yang sudah berakhir
alert-undelivered-partly-paid-text = Ada kontrak lain di tagihan yang sama.
alert-undelivered-partly-paid-do = Putuskan bersama pelanggan, lalu kreditkan barisnya secara manual.

alert-plan-change-size = Ukuran sebuah layanan berbeda dari paketnya
alert-plan-change-size-text = Paket { $contract } berganti bersama periodenya, tetapi layanannya tidak dapat diberi ukuran baru: { $why }. Ukurannya masih yang lama.
alert-plan-change-size-not-able = drivernya tidak dapat mengubah ukuran
alert-plan-change-size-failed = pekerjaan { $task } gagal

alert-provisioning-silent = { $act }: { $instance } { $trouble }
alert-provisioning-silent-text = Langkah “{ $step }”: { $message }
alert-provisioning-silent-do = Lihat klasternya; pekerjaan berlanjut dengan sendirinya.
alert-provisioning-silent-room = menunggu tempat
alert-provisioning-silent-refused = ditolak masuk
alert-provisioning-silent-answer = tidak mendapat jawaban

alert-provisioning-review = { $act }: { $instance } memerlukan Anda
alert-provisioning-review-text = Pekerjaan { $task }, langkah “{ $step }”: { $message }
alert-provisioning-review-do = Coba lagi atau tandai selesai di halamannya.

alert-instance-down = { $instance } tidak menjawab
alert-instance-down-text = Instans { $id } berjalan, tetapi selama lima menit alamatnya tidak menjawab atau hanya menjawab dengan galat.
alert-instance-down-do = Halamannya di WHM memuat log, gangguan yang dilaporkan klaster, dan tombol mulai ulang.

alert-instance-drift = { $instance } sudah dibayar tetapi tidak berjalan
alert-instance-drift-text = Instans { $id } seharusnya berjalan; menurut klaster tidak.
alert-instance-drift-do = Mulai ulang dari WHM mengembalikan semua yang hilang kecuali data.

alert-volume-missing = Data { $instance } hilang dari klaster
alert-volume-missing-text = Instans { $id } berjalan tanpa penyimpanannya. Tidak ada yang dipasang sebagai gantinya.
alert-volume-missing-do = Pulihkan cadangan sebelum ada yang memulai ulang.

alert-no-room = Tidak ada klaster yang punya tempat untuk layanan baru
alert-no-room-text =
    { $instance } menunggu, sudah dibayar.
    { $reasons }
alert-no-room-do = Tambah klaster atau mesin, atau ubah berapa banyak yang dijual dari sebuah klaster.

alert-node-down = Mesin { $node } di { $cluster } tidak sehat
alert-node-down-text = Lebih dari semenit mesin ini tidak siap. { $n ->
   *[other] Ada { $n } layanan di atasnya.
    } Yang bisa berjalan di tempat lain pindah setelah beberapa menit; data di disk lokal tidak bisa pindah.
alert-node-down-do = Periksa mesinnya. Ini selesai sendiri begitu mesin siap lagi atau dikeluarkan dari klaster.

alert-node-drain = Mesin { $node } di { $cluster } belum kosong
alert-node-drain-text =
    { $status }; masih ada { $left } pod.
    { $why }
alert-node-drain-do = Lihat apa yang menahannya lalu kosongkan lagi, atau buka kembali di WHM → Klaster → Mesin.

alert-cluster-unseen = Mesin di { $cluster } tidak terlihat
alert-cluster-unseen-text =
    Klaster ini lulus uji, tetapi lebih dari 15 menit mesinnya tidak dapat dilihat. Berapa yang dijual di sana bergantung pada yang terakhir terlihat, dan mesin yang gagal tidak diberitahukan.
    { $why }
alert-cluster-unseen-do = Periksa apakah API klaster lambat atau menolak daftar mesin dan pod. Ini selesai sendiri begitu mesin terlihat lagi.

alert-cluster-busy = { $cluster } kekurangan { $resource }
alert-cluster-busy-text = Lebih dari lima menit sudah lebih dari { $limit } % terpakai: { $requested } % disisihkan untuk yang berjalan di sana, { $used }. Sementara itu tidak ada layanan baru yang ditempatkan di sana.
alert-cluster-busy-used = { $percent } % dipakai
alert-cluster-busy-unmeasured = pemakaian tidak diukur
alert-cluster-busy-do = Tambah mesin, atau pindahkan sesuatu.

alert-cluster-check = Klaster { $cluster } tidak lulus uji
alert-cluster-check-text = { $found }

alert-cluster-refuses-us = Klaster { $cluster } menolak kita
alert-cluster-refuses-us-text = { $why } Pekerjaan di sana menunggu, tidak ada yang hilang.
alert-cluster-refuses-us-do = Ganti kubeconfig-nya atau kembalikan haknya.

alert-cluster-watch = Klaster { $cluster } tidak memberi tahu apa yang berubah
alert-cluster-watch-text = { $why } Layanan di sana hanya dilihat setiap beberapa menit.
alert-cluster-watch-do = Ganti kubeconfig-nya atau kembalikan haknya.

alert-machine-elsewhere = Mesin di tempat lain perlu diurus manual: { $act }
alert-machine-elsewhere-text = Kontrak { $contract } { $why }; mesinnya di { $place } bukan milik kita.
alert-machine-elsewhere-do = Lakukan hal yang sama di sana, lalu tutup peringatan ini.
alert-machine-elsewhere-is = berstatus “{ $status }”
alert-machine-elsewhere-size = berpaket { $plan } ({ $cpu }, memori { $memory }, penyimpanan { $storage })
alert-machine-elsewhere-nowhere = tempat yang tidak diketahui
alert-machine-elsewhere-suspend = tangguhkan
alert-machine-elsewhere-resume = jalankan lagi
alert-machine-elsewhere-remove = hapus
alert-machine-elsewhere-resize = ubah ukuran

alert-orphans = { $n } sisa tak bertuan di { $cluster }
alert-orphans-text = { $found }
alert-orphans-do = Hapus yang tidak diperlukan siapa pun di WHM → Klaster → Sisa tak bertuan.
alert-orphans-one = { $place } ({ $why }): { $what }
alert-orphans-more = dan { $n } lagi
alert-orphans-unknown = tidak dikenal basis data ini; setelah pemulihan dari cadangan, mungkin sekali masih dipakai

alert-orphans-unseen = { $n } namespace di { $cluster } tidak dapat diperiksa
alert-orphans-unseen-text =
    Yang lain sudah diperiksa. Yang belum:
    { $namespaces }
alert-orphans-unseen-do = Periksa haknya di sana (uji klaster menyebutkan yang kurang), atau tunggu bila namespace itu sedang dihapus.

# Mengapa tidak ada klaster yang menerima layanan baru, satu per baris.
room-of-cluster = { $cluster }: { $why }
room-no-cluster = Tidak ada klaster untuk driver { $driver }
room-status = { $status }
room-fails-test = Tidak lulus uji
room-untested = Belum diuji
room-full = Penuh: tersisa { $cpu } m CPU dan { $memory } MiB
room-machines-full = Penuh: mesinnya tidak dapat menampung lagi. Tersisa { $cpu } m CPU dan { $memory } MiB dari yang boleh dijual di sana
room-busy = Mesinnya terlalu sibuk: { $percent } % { $resource } sudah terpakai
room-chosen = dipilih. Wilayah { $region }; { $cpu } m CPU dan { $memory } MiB masih bebas, { $percent } % memorinya terjual
room-fuller = ada tempat, tetapi lebih banyak yang terjual di sana. Wilayah { $region }; { $cpu } m CPU dan { $memory } MiB masih bebas, { $percent } % memorinya terjual
resource-cpu = CPU
resource-memory = memori
