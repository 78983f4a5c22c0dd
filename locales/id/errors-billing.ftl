### Faktur dan nota kredit.
error-invoice-without-lines = Faktur harus memuat paling sedikit satu baris.
error-invoice-not-voidable = Faktur { $number } tidak dapat dibatalkan: statusnya sudah berubah, atau sebagian sudah dibayar. Gunakan nota kredit.
error-credit-exceeds-invoice = Jumlah itu melebihi sisa faktur. Paling banyak Rp { $available } dapat dikreditkan. Tidak ada yang berubah.
