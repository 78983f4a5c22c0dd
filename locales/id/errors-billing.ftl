### Faktur dan nota kredit.
error-invoice-without-lines = Faktur harus memuat paling sedikit satu baris.
error-invoice-not-voidable = Faktur { $number } tidak dapat dibatalkan: statusnya sudah berubah, atau sebagian sudah dibayar. Gunakan nota kredit.
error-invoice-not-bad-debt = Hanya tagihan yang lewat jatuh tempo dapat dihapusbukukan. Tagihan { $number } bukan demikian, atau statusnya sudah berubah. Tidak ada yang berubah.
error-invoice-of-pending-order = Belum ada yang diserahkan untuk tagihan { $number }: pesanannya masih menunggu pembayaran. Batalkan saja pesanannya.
error-credit-exceeds-invoice = Jumlah itu melebihi sisa faktur. Paling banyak Rp { $available } dapat dikreditkan. Tidak ada yang berubah.
