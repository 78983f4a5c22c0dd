### Layanan di panel: daftar, rincian, log, riwayat.

## Daftar
panel-services-subtitle = Semua yang berjalan untuk Anda, dan apa yang terjadi berikutnya.
panel-services-add = Tambah layanan
panel-services-empty-title = Belum ada layanan
panel-services-empty-text = Pilih aplikasi di katalog, bayar, dan biasanya sudah berjalan dalam 2 menit.
panel-services-empty-action = Lihat katalog

## Keadaan dalam kalimat
panel-state-label = Keadaan layanan
panel-state-unpaid = Menunggu pembayaran. Layanan disiapkan begitu pembayaran diterima.
panel-state-waiting = Pembayaran diterima. Paket ini sedang penuh; layanan disiapkan begitu ada tempat dan uang Anda aman.
panel-state-provisioning = Pembayaran diterima. Layanan Anda sedang disiapkan, biasanya kurang dari 2 menit.
panel-state-running = Berjalan sejak { $at }.
panel-state-unwell = Layanan menyala, tetapi belum menjawab sebagaimana mestinya. Kami sedang memantaunya.
panel-state-stopping = Sedang dihentikan. Data Anda tetap tersimpan.
panel-state-stopped = Berhenti sejak { $at }. Data Anda tetap tersimpan.
panel-state-starting = Sedang dinyalakan.
panel-state-restarting = Sedang dimulai ulang, biasanya kurang dari 1 menit.
panel-state-suspended-unpaid = Ditangguhkan sejak { $at } karena ada tagihan yang belum dibayar. Data Anda tetap tersimpan; bayar untuk menyalakannya lagi.
panel-state-suspended = Ditangguhkan sejak { $at }. Data Anda tetap tersimpan; hubungi kami untuk mengaktifkannya lagi.
panel-state-elsewhere = Aktif. Layanan ini kami kelola di luar panel; hubungi kami untuk mengubahnya.
panel-state-elsewhere-suspended = Ditangguhkan. Hubungi kami untuk melanjutkan.
panel-state-suspended-before = Ditangguhkan sebelum sempat disiapkan. Hubungi kami untuk melanjutkan.
panel-state-resuming = Sedang diaktifkan lagi.
panel-state-changing = Layanan sedang diubah, biasanya selesai dalam sekitar satu menit.
panel-state-syncing = Domain layanan sedang dibuka atau dilepas; layanannya tetap berjalan.
panel-state-restoring = Data sedang dipulihkan.
panel-state-create-failed = Layanan belum berhasil disiapkan. Kami mencoba lagi otomatis; uang Anda aman dan kembali ke saldo bila tetap gagal.
panel-state-work-failed = Tindakan terakhir belum berhasil. Data Anda aman; coba lagi sekarang atau tunggu kami mencobanya lagi.
panel-state-error = Ada yang belum beres. Data dan uang Anda aman; buka rinciannya.
panel-state-needs-review = Teknisi kami sedang memeriksa layanan ini. Data dan uang Anda aman; Anda tidak perlu melakukan apa pun.
panel-state-terminating = Sedang dihapus.
panel-state-terminated = Dihapus pada { $at }.
panel-state-maintenance = Sedang dalam pemeliharaan. Data Anda aman.
panel-cluster-maintenance = Kami sedang mengerjakan mesin tempatnya berjalan: layanan bisa berhenti sebentar. Data Anda aman.
panel-state-ended = Berakhir pada { $at }.
panel-state-ended-provisioning-failed = Layanan ini tidak berhasil disiapkan. Uang Anda sudah kembali ke saldo.
panel-state-ended-no-capacity = Tidak ada tempat yang tersedia tepat waktu. Uang Anda sudah kembali ke saldo.
panel-state-ended-order-cancelled = Pesanan dibatalkan sebelum dibayar. Tidak ada uang yang ditarik.
panel-reason-other = Kami sedang memeriksanya.
panel-trouble-times = { $n } kali, terakhir { $ago }
panel-phase-other = Menyelesaikan sebuah langkah

## Pekerjaan
panel-work-create = Menyiapkan layanan
panel-work-start = Menyalakan layanan
panel-work-stop = Menghentikan layanan
panel-work-restart = Memulai ulang layanan
panel-work-suspend = Menangguhkan layanan
panel-work-unsuspend = Mengaktifkan layanan lagi
panel-work-terminate = Menghapus layanan
panel-work-change-plan = Menyesuaikan sumber daya
panel-work-reset-password = Mengatur ulang kata sandi
panel-work-backup = Mencadangkan data
panel-work-restore = Memulihkan data
panel-work-sync = Menyelaraskan keadaan
panel-work-reconfigure = Mengubah pengaturan

## Bagian halaman
panel-tab-overview = Ringkasan
panel-tab-logs = Log
panel-tab-settings = Pengaturan
panel-tab-activity = Riwayat
panel-address = Alamat

## Kredensial
panel-credentials-title = Masuk ke layanan
panel-credentials-subtitle = Akun pemilik yang kami buat untuk Anda. Setiap kali ditampilkan, kami mencatatnya.
panel-credentials-reveal = Tampilkan kredensial
panel-credentials-url = Alamat masuk
panel-credentials-username = Nama pengguna
panel-credentials-password = Kata sandi
panel-credentials-open = Buka halaman masuk
panel-credentials-note = Kata sandi ini yang kami buat saat menyiapkan layanan. Bila Anda menggantinya di dalam layanan, yang baru yang berlaku.

## Paket dan yang berikutnya
panel-plan-title = Paket dan harga
panel-plan-name = Paket
panel-plan-resources = Sumber daya
panel-plan-price = Harga
panel-plan-period = Sudah dibayar untuk
panel-plan-order = Pesanan
panel-plan-order-link = Lihat pesanan
panel-resources = { $cpu } CPU, memori { $memory }, penyimpanan { $storage }
panel-next-title = Berikutnya
panel-next-renewal-short = Perpanjangan { $date }
panel-next-end-short = Berakhir { $date }
panel-next-renewal = Perpanjangan { $date }, { $amount }.
panel-next-covered = Saldo Anda { $balance }, cukup untuk perpanjangan itu.
panel-next-covered-by-credit = Saldo Anda { $balance }; bersama batas kredit Anda cukup untuk perpanjangan itu.
panel-next-by-hand = Tidak dipotong otomatis dari saldo: tagihannya Anda bayar sendiri saat terbit.
panel-next-lacking = Saldo Anda { $balance }, kurang { $lacking } untuk perpanjangan itu.
panel-next-end = Berakhir { $date }.
panel-next-trial-end = Masa coba berakhir { $date }. Sesudah itu { $amount } bila Anda ingin melanjutkan.
panel-next-trial-end-note = Tagihannya terbit sebelum masa coba berakhir dan tidak ditarik dari saldo. Bila tidak dibayar, layanan ditangguhkan.
panel-next-trial-end-short = Masa coba sampai { $date }
panel-next-end-note = Setelah itu layanan dan datanya dihapus. Simpan dulu yang ingin Anda pertahankan.
panel-next-suspension = Dihentikan sementara { $date } bila belum dibayar.
panel-next-suspension-note = Layanan tetap berjalan sampai saat itu. Bayar tagihan perpanjangannya atau isi saldo Anda.
panel-next-removal = Dihapus { $date } bila belum dibayar.
panel-next-removal-note = Setelah itu layanan dan semua datanya dihapus untuk selamanya; cadangan tidak dibuat. Bayar tagihannya agar layanan menyala lagi.
panel-next-waiting = Kami menyiapkan layanan begitu ada tempat.
panel-next-unpaid = Layanan disiapkan begitu pembayaran diterima.
panel-next-suspended = Layanan menyala lagi begitu alasannya selesai.
panel-next-over = Kontrak ini sudah berakhir.
panel-next-nothing = Tidak ada yang terjadwal.
panel-auto-renew = Perpanjang otomatis
panel-auto-renew-on = Layanan terus berjalan setelah periode ini.
panel-auto-renew-off = Layanan berakhir setelah periode ini.
panel-auto-renew-switched-on = Perpanjangan otomatis menyala.
panel-auto-renew-switched-off = Perpanjangan otomatis mati. Layanan berjalan sampai akhir periode yang sudah dibayar.

## Mengakhiri
panel-cancel-later = Jangan perpanjang
panel-cancel-later-title = Jangan perpanjang { $name }?
panel-cancel-later-text = Layanan berjalan sampai { $date }, lalu layanan dan semua datanya dihapus. Sampai saat itu Anda dapat membatalkan keputusan ini.
panel-cancel-now = Akhiri sekarang
panel-cancel-now-title = Akhiri { $name } sekarang?
panel-cancel-now-text = Layanan berhenti sekarang dan semua datanya dihapus untuk selamanya. Sisa periode yang sudah dibayar tidak dikembalikan.
panel-cancel-reason = Alasan
panel-cancel-reason-help = Membantu kami memperbaiki layanan.
panel-cancel-done-later = Layanan tidak akan diperpanjang.
panel-cancel-done-now = Layanan diakhiri dan sedang dihapus.
panel-cancel-not-typed = Nama yang diketik tidak sama. Tidak ada yang berubah.
panel-refund = Minta uang kembali
panel-refund-title = Batalkan { $name } dan ambil uangnya?
panel-refund-text = Seluruh pembayaran masuk ke saldo Anda sekarang, pesanan dibatalkan, dan tempat Anda dalam antrean diberikan kepada yang berikutnya.
panel-refund-done = Pembayaran sudah kembali ke saldo Anda. Pesanan dibatalkan.

## Tindakan
panel-stop-title = Hentikan { $name }?
panel-stop-text = Alamatnya tidak dapat dibuka sampai Anda menyalakannya lagi. Data tetap tersimpan dan masa langganan tetap berjalan.
panel-restart-title = Mulai ulang { $name }?
panel-restart-text = Layanan tidak dapat dibuka selama kira-kira satu menit. Data tetap tersimpan.
panel-start-asked = Layanan sedang dinyalakan.
panel-stop-asked = Layanan sedang dihentikan.
panel-restart-asked = Layanan sedang dimulai ulang.
panel-retry-asked = Kami mencoba lagi sekarang.

## Log
panel-logs-search = Cari di log
panel-logs-note-tail = { $n } baris terakhir. Baris baru muncul sendiri di bawah.
panel-logs-note-still = { $n } baris terakhir. Layanan sedang tidak berjalan, jadi tidak ada baris baru.
panel-logs-note-found = { $n } baris cocok, dicari di { $of } baris terakhir.
panel-logs-empty = Belum ada yang ditulis layanan ini
panel-logs-no-match = Tidak ada baris yang cocok
panel-logs-none-yet = Log tersedia begitu layanan mulai disiapkan.
panel-logs-unavailable = Log sedang tidak dapat dibaca. Layanan Anda tidak terpengaruh; coba lagi sebentar lagi.

## Riwayat
panel-activity-title = Pekerjaan pada layanan ini
panel-activity-subtitle = Apa yang dikerjakan, kapan, dan atas permintaan siapa.
panel-activity-empty = Setiap pekerjaan pada layanan ini tercatat di sini.
panel-activity-steps = { $n } langkah
panel-by-system = Otomatis
panel-by-staff = Tim kami
panel-by-member = Anggota akun
## Pekerjaan yang selesai
panel-done-create = Layanan siap dipakai
panel-done-start = Layanan dinyalakan
panel-done-stop = Layanan dihentikan
panel-done-restart = Layanan dimulai ulang
panel-done-suspend = Layanan ditangguhkan
panel-done-unsuspend = Layanan diaktifkan lagi
panel-done-terminate = Layanan dihapus
panel-done-change-plan = Sumber daya disesuaikan
panel-done-reset-password = Kata sandi diatur ulang
panel-done-backup = Data dicadangkan
panel-done-restore = Data dipulihkan
panel-done-sync = Keadaan diselaraskan
panel-done-reconfigure = Pengaturan diubah
panel-state-provisioning-late = Penyiapan layanan ini lebih lama dari biasanya. Kami terus mencoba otomatis; uang Anda aman dan kembali ke saldo bila tetap gagal.

## Ganti paket
panel-change = Ganti paket
panel-change-choose = Pilih paket yang lebih tinggi
panel-change-choose-text = Biayanya dihitung sampai detik untuk sisa periode Anda, dan ditunjukkan sebelum Anda setuju.
panel-change-none-title = Tidak ada paket yang lebih tinggi
panel-change-none-text = Layanan ini sudah memakai paket tertinggi, atau paketnya sedang tidak dapat diganti.
panel-change-see = Lihat biaya
panel-change-present = Paket sekarang
panel-change-title = Ganti ke { $plan }
panel-change-costs = Biaya
panel-change-costs-text = Sisa paket lama dikurangkan; yang ditunjukkan di sini yang dibayar.
panel-change-line = Keterangan
panel-change-total = Total
panel-change-agree = Setuju
panel-change-covered-by-credit = Saldo Anda { $balance }; sisanya ditanggung batas kredit Anda.
panel-change-covered = Dibayar dari saldo Anda { $balance }; sisanya { $left }.
panel-change-lacks = Saldo Anda { $balance }, kurang { $lacking }. Jumlah seluruhnya dibayar dengan cara yang Anda pilih, lalu paket diganti.
panel-change-later = Perpanjangan berikutnya { $price }.
panel-price-with-tax = { $total } termasuk { $label } { $tax } { $cycle }
panel-change-restart = Layanan dimulai ulang saat paket diganti, kira-kira satu menit.
panel-change-no-methods = Isi saldo dulu, lalu setujui penawaran ini.
panel-change-pay = Bayar dan ganti paket
panel-change-do = Ganti paket sekarang
panel-change-valid = Berlaku sampai pukul { $time } WIB.
panel-change-expired = Penawaran ini sudah tidak berlaku. Mintalah yang baru; tidak ada yang ditagih.
panel-change-again = Minta penawaran baru
panel-change-begun = Paket sedang diganti. Layanan dimulai ulang sebentar.
panel-change-cancelled = Penggantian paket dibatalkan. Tidak ada yang ditagih.
panel-change-under-way = Paket berikutnya
panel-change-waits = menunggu pembayaran
panel-change-runs = sedang disiapkan
panel-change-pay-now = Bayar sekarang
panel-change-cancel = Batalkan penggantian
panel-change-highest = Layanan ini sudah memakai paket tertinggi.
panel-change-later-title = Mulai periode berikutnya
panel-change-later-text = Paket yang lebih kecil atau siklus lain berlaku setelah { $date }. Sampai saat itu tidak ada yang berubah dan tidak ada yang ditagih.
panel-change-later-legend = Diperpanjang sebagai
panel-change-later-agree = Jadwalkan perubahan
panel-change-later-unknown = Pilih paket dan siklus dari daftar ini.
panel-change-disk-stays = Ukuran disk tidak dapat diperkecil: data Anda tetap di disk yang sekarang.
panel-change-scheduled = Perubahan dijadwalkan. Tidak ada yang ditagih sekarang.
panel-change-from = mulai { $date }, { $price }
panel-change-keep = Tetap dengan yang sekarang
panel-plan-options = Opsi

## Pengaturan
panel-settings-title = Pengaturan layanan
panel-settings-subtitle = Yang diberitahukan kepada layanan saat dinyalakan.
panel-settings-none-title = Tidak ada yang perlu diatur
panel-settings-none-text = Layanan ini tidak punya pengaturan di sini. Masuk ke layanannya untuk mengaturnya.
panel-settings-not-now = Pengaturan dapat diubah saat layanan berjalan, berhenti, atau gagal menyala, dan tidak ada pekerjaan yang sedang berlangsung.
panel-settings-not-yours = Anda dapat melihat pengaturan ini. Pemilik dan anggota teknis akun yang mengubahnya.
panel-settings-all-fixed = Ini dipilih saat memesan dan tidak dapat diubah di sini.
panel-settings-fixed = Tidak dapat diubah di sini
panel-settings-empty = Kosong
panel-settings-review = Lihat yang berubah
panel-settings-review-title = Ubah pengaturan ini?
panel-settings-differences = Yang berubah
panel-settings-setting = Pengaturan
panel-settings-before = Sekarang
panel-settings-after = Menjadi
panel-settings-apply-title = Yang akan terjadi
panel-settings-apply-text = Layanan dimulai ulang dan tidak dapat dibuka selama sekitar satu menit. Data tetap aman. Bila layanan tidak menyala dengan pengaturan baru, pengaturan yang sekarang dikembalikan dengan sendirinya.
panel-settings-apply-stopped = Layanan sedang berhenti dan tetap berhenti. Pengaturan baru berlaku saat layanan dinyalakan lagi.
panel-settings-apply-broken = Layanan dinyalakan lagi dengan pengaturan ini dan tidak dapat dibuka selama sekitar satu menit. Data tetap aman. Bila tetap tidak menyala, pengaturan ini dapat Anda ubah lagi.
panel-settings-apply = Ubah pengaturan
panel-settings-same = Pengaturan ini sudah berlaku. Tidak ada yang diubah.
panel-settings-stale = Pengaturan baru saja diubah orang lain. Tidak ada yang diubah; silakan lihat lagi.
panel-settings-asked = Pengaturan sedang diubah. Layanan dimulai ulang sebentar.
panel-settings-asked-stopped = Pengaturan sedang diubah. Berlaku saat layanan dinyalakan lagi.
panel-settings-failed = Layanan tidak menyala dengan pengaturan baru. Pengaturan semula berlaku lagi. { $reason }
panel-settings-failed-plain = Pengaturan baru tidak dapat diterapkan. Pengaturan semula berlaku lagi.
