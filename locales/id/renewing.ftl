### Cara perpanjangan pelanggan ditagih, batas kredit, dan yang menahan otomatisasi.
whm-auto-debit = Saldo membayar perpanjangan otomatis
whm-separate-invoices = Satu tagihan per layanan
whm-renewing-set = Atur penagihan perpanjangan
whm-renewing-text = Berlaku untuk perpanjangan berikutnya. Tagihan yang sudah terbit tidak berubah. Bila saldo tidak membayar otomatis, pelanggan membayar tiap perpanjangan sendiri.
whm-renewing-saved = Cara perpanjangan ditagih tersimpan.
whm-credit-limit = Batas kredit
whm-credit-limit-set = Atur batas kredit
whm-credit-limit-text = Saldo boleh turun sejauh ini di bawah nol. 0: tidak boleh. Kenaikan yang besar menunggu persetujuan rekan Anda.
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

## Jeda kluster dan jeda surat
whm-pause-holds = Yang ditahan
whm-pause-cluster = Kluster { $name }
pause-holds-everything = Semua yang berjalan sendiri
pause-holds-mails = Pengingat dan peringatan saja
whm-paused-mails = Pengingat dan peringatan dijeda untuk semua langganan. Tidak ada yang ditangguhkan bila belum pernah diingatkan.
whm-paused-mails-this = Pengingat dan peringatan langganan ini dijeda. Langganan tidak ditangguhkan kecuali sudah pernah diingatkan, dan tidak dihapus tanpa peringatannya.
history-field-holds = Yang ditahan
