### Meja pelanggan.
error-customer-not-closable = Masih ada { $n } hal yang menghalangi: kontrak, tagihan terbuka, atau uang yang sedang berjalan. Akun tetap seperti semula.
error-customer-not-closed = Akun ini tidak ditutup. Tidak ada yang berubah.
error-account-closed = Akun ini sudah ditutup. Hubungi kami bila Anda memerlukan dokumen atau ingin membukanya kembali.
error-wallet-empty = Tidak ada isi saldo yang dapat dikirim. Tidak ada uang yang berpindah.
error-payout-under-way = Saldo ini sedang dikirim ke rekening. Selesaikan dulu yang itu; tidak ada uang yang berpindah.
error-payout-not-open = Pengiriman ini masih menunggu persetujuan, atau sudah diselesaikan rekan Anda. Tidak ada uang yang berpindah; muat ulang halaman untuk melihat keadaannya.
error-own-payout = Anda anggota akun ini, jadi rekan Anda yang harus mengurus uangnya. Tidak ada uang yang berpindah.
