### Cara perpanjangan pelanggan ditagih, batas kredit, dan yang menahan otomatisasi.
whm-auto-debit = Saldo membayar perpanjangan otomatis
whm-separate-invoices = Satu tagihan per layanan
whm-renewing-set = Atur penagihan perpanjangan
whm-renewing-text = Berlaku untuk perpanjangan berikutnya. Tagihan yang sudah terbit tidak berubah. Bila saldo tidak membayar otomatis, pelanggan membayar tiap perpanjangan sendiri.
whm-renewing-saved = Cara perpanjangan ditagih tersimpan.
whm-credit-limit = Batas kredit
whm-credit-limit-set = Atur batas kredit
whm-credit-limit-text = Saldo boleh turun sejauh ini di bawah nol. 0: tidak boleh. Kenaikan yang besar menunggu persetujuan rekan Anda.
whm-sent-before = Formulir ini sudah dikirim; hanya dihitung sekali.
whm-credit-limit-saved = Batas kredit tersimpan.
whm-credit-limit-waiting = Batas kredit menunggu persetujuan rekan Anda. Sampai saat itu batas yang lama berlaku.
approval-kind-credit-limit = Batas kredit
audit-customers-renewing-set = Mengatur penagihan perpanjangan
audit-ledger-credit-limit-set = Mengatur batas kredit
audit-ledger-credit-limit-ask = Meminta batas kredit
history-field-auto-debit = Saldo membayar perpanjangan
history-field-separate-invoices = Satu tagihan per layanan
history-field-credit-limit-minor = Batas kredit

## Halaman saldo
panel-wallet-credit-limit = Saldo Anda boleh turun sampai { $amount } di bawah nol.
panel-auto-debit = Perpanjangan dari saldo
panel-auto-debit-text = Saat perpanjangan jatuh tempo dan saldo cukup untuk seluruh tagihan, tagihan dibayar dari saldo. Selain itu tidak ada yang ditarik otomatis.
panel-auto-debit-switch = Bayar perpanjangan dari saldo saya
panel-auto-debit-on = Perpanjangan dibayar dari saldo Anda saat jatuh tempo.
panel-auto-debit-off = Perpanjangan tidak lagi dibayar dari saldo. Bayarlah sendiri tiap tagihan sebelum jatuh tempo.
panel-auto-debit-is-on = Perpanjangan dibayar dari saldo.
panel-auto-debit-is-off = Perpanjangan tidak dibayar dari saldo.

## Mulai lagi
audit-subscriptions-subscription-restart = Memulai lagi periode pada hari pembayaran
history-field-anchor-day = Tanggal perpanjangan tiap bulan

## Jeda klaster dan jeda surat
whm-pause-holds = Yang ditahan
whm-pause-cluster = Klaster { $name }
pause-holds-everything = Semua yang berjalan sendiri
pause-holds-mails = Pengingat dan peringatan saja
whm-paused-mails = Pengingat dan peringatan dijeda untuk semua langganan. Tidak ada yang ditangguhkan bila belum pernah diingatkan.
whm-paused-mails-this = Pengingat dan peringatan langganan ini dijeda. Langganan tidak ditangguhkan kecuali sudah pernah diingatkan, dan tidak dihapus tanpa peringatannya.
history-field-holds = Yang ditahan

## Yang tidak berjalan, dan alasannya
whm-skipped = Yang tidak berjalan, dan alasannya
whm-skipped-first = Sejak
whm-skipped-last = Terakhir
billing-step-everything = Semuanya
billing-step-mails = Pengingat dan peringatan
billing-step-activate = Mulainya layanan
skipped-reason-paused = Dijeda staf
skipped-reason-breaker = Ditahan pemutus otomatis
skipped-reason-not-told = Belum ada pemberitahuan tagihan yang sampai ke pelanggan
skipped-reason-not-warned = Peringatan penghapusan belum cukup lama terkirim
skipped-reason-wallet-short = Saldo tidak cukup untuk tagihannya
skipped-reason-wallet-off = Pelanggan tidak ingin saldo membayar otomatis
skipped-reason-quota-full = Kuota paket sedang penuh
skipped-reason-not-priced = Tagihan tidak dapat dihitung
skipped-reason-overtaken = Yang lebih baru sudah waktunya dan dikirim sebagai gantinya
panel-skipped = Yang tidak berjalan, dan alasannya
panel-skipped-paused-everything = Kami menjeda semua yang berjalan sendiri.
panel-skipped-paused-mails = Kami menjeda pengingat.
panel-skipped-breaker = Penangguhan kami tahan dulu selagi kami memeriksa sesuatu di sisi kami.
panel-skipped-not-told = Layanan tetap berjalan: pemberitahuan tagihan kami belum sampai ke Anda.
panel-skipped-not-warned = Data Anda tetap disimpan: peringatan kami terlambat terkirim untuk menghapusnya.
panel-skipped-wallet-short = Saldo tidak cukup untuk perpanjangan, jadi tidak ada yang ditarik.
panel-skipped-wallet-off = Perpanjangan tidak dibayar dari saldo, sesuai pilihan Anda.
panel-skipped-quota-full = Paketnya sedang penuh. Layanan berjalan begitu ada tempat.
panel-skipped-not-priced = Tagihan perpanjangan belum dapat dibuat. Kami sedang memeriksanya.

## Cadangan terakhir
whm-final-backup = Cadangan terakhir
whm-final-backup-none = Tidak ada: driver tidak membuat cadangan
backup-status-making = Sedang dibuat
backup-status-made = Sudah dibuat, belum dibaca ulang
backup-status-verified = Sudah dibuat dan dibaca ulang
backup-status-nothing = Tidak ada yang perlu disimpan
backup-status-waived = Dihapus tanpa cadangan: keputusan staf
whm-without-backup = Hapus tanpa cadangan
whm-without-backup-text = Cadangan terakhir tidak dapat dibuat. Layanan dan datanya dihapus dan tidak dapat dikembalikan. Alasannya masuk jejak audit.
audit-provisioning-backup-waive = Memutuskan menghapus tanpa cadangan terakhir
audit-provisioning-backup-note = Mencatat cadangan terakhir
history-field-place = Tempat
history-field-size-bytes = Ukuran dalam byte
panel-next-removal-backup-note = Setelah itu layanan dan datanya dihapus. Sebelumnya kami membuat cadangan terakhir; hubungi kami bila Anda memerlukannya. Bayar tagihannya agar layanan menyala lagi.
