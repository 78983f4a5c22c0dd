### Meja pelanggan.
error-customer-not-closable = Masih ada { $n } hal yang menghalangi: kontrak, tagihan terbuka, atau uang yang sedang berjalan. Akun tetap seperti semula.
error-customer-not-closed = Akun ini tidak ditutup. Tidak ada yang berubah.
error-account-closed = Akun ini sudah ditutup. Hubungi kami bila Anda memerlukan dokumen atau ingin membukanya kembali.
error-wallet-empty = Tidak ada isi saldo yang dapat dikirim. Tidak ada uang yang berpindah.
error-payout-under-way = Saldo ini sedang dikirim ke rekening. Selesaikan dulu yang itu; tidak ada uang yang berpindah.
error-payout-not-open = Pengiriman ini masih menunggu persetujuan, atau sudah diselesaikan rekan Anda. Tidak ada uang yang berpindah; muat ulang halaman untuk melihat keadaannya.
error-own-payout = Anda anggota akun ini, jadi rekan Anda yang harus mengurus uangnya. Tidak ada uang yang berpindah.
error-customer-owes = Ada pembayaran pelanggan ini yang ditarik kembali oleh banknya, atau tagihannya masih terbuka. Tidak ada uang yang berpindah. Batalkan pengiriman ini; ajukan lagi setelah itu selesai.
error-wallet-not-payable = Masih ada { $n } hal yang menghalangi pengiriman saldo: sengketa atau tagihan terbuka, atau uang yang sedang berjalan. Tidak ada uang yang berpindah; selesaikan dulu.
error-customer-merged = Akun ini sudah digabungkan ke akun lain, dan seluruh isinya ada di sana. Tidak ada yang berubah; bukalah akun yang lain itu.
error-customers-not-mergeable = Masih ada { $n } hal yang membuat kedua akun ini belum dapat digabungkan. Tidak ada yang berubah; lihat di pratinjau apa saja itu.
error-own-account = Anda anggota salah satu akun ini, jadi rekan Anda yang harus menggabungkannya. Tidak ada yang berubah.
