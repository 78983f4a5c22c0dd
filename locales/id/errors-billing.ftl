### Faktur dan nota kredit.
error-invoice-without-lines = Faktur harus memuat paling sedikit satu baris.
error-invoice-not-draft = Faktur ini bukan draf lagi, jadi isinya tidak dapat diubah. Gunakan nota kredit atau batalkan fakturnya.
error-invoice-draft-changed = Draf ini sudah diubah sejak halaman ini dibuka, jadi tidak ada yang dilakukan. Isinya yang sekarang ada di bawah; periksa, lalu ulangi bila masih perlu.
error-customer-closed = Akun pelanggan ini sudah ditutup, jadi tidak ada yang ditagih. Buka kembali akunnya lebih dulu.
error-invoice-not-voidable = Faktur { $number } tidak dapat dibatalkan: statusnya sudah berubah, atau sebagian sudah dibayar. Gunakan nota kredit.
error-invoice-not-bad-debt = Hanya tagihan yang lewat jatuh tempo dapat dihapusbukukan. Tagihan { $number } bukan demikian, atau statusnya sudah berubah. Tidak ada yang berubah.
error-invoice-of-pending-order = Belum ada yang diserahkan untuk tagihan { $number }: pesanannya masih menunggu pembayaran. Batalkan saja pesanannya.
error-credit-exceeds-invoice = Jumlah itu melebihi sisa faktur. Paling banyak Rp { $available } dapat dikreditkan. Tidak ada yang berubah.
