### Pembayaran dan pengembalian dana.
error-invoice-not-payable = Tidak ada lagi yang perlu dibayar untuk faktur ini.
error-payment-method-unavailable = Cara bayar ini sedang tidak tersedia. Pilih cara lain; belum ada uang yang ditagih.
error-amount-out-of-range = Jumlahnya harus antara Rp { $min } dan Rp { $max }.
error-gateway-refused = Penyedia pembayaran menolak permintaan ini. Tidak ada uang yang berpindah; coba cara bayar lain.
error-gateway-unavailable = Penyedia pembayaran sedang tidak dapat dihubungi. Tidak ada uang yang berpindah; coba sebentar lagi.
error-gateway-outcome-unknown = Kami belum menerima kepastian dari penyedia pembayaran. Jangan membayar dua kali; kami terus menanyakannya.
error-payment-wrong-state = Tindakan ini tidak mungkin karena status pembayaran sudah berubah. Muat ulang halaman.
error-refund-exceeds-payment = Jumlah itu melebihi sisa pembayaran. Paling banyak Rp { $available } dapat dikembalikan. Tidak ada uang yang berpindah.
error-refund-not-supported = Uang pembayaran ini tidak dapat dikembalikan lewat jalur itu. Pilih saldo atau transfer bank.
error-webhook-forged = Notifikasi ini tidak berasal dari penyedia pembayaran.
error-webhook-unreadable = Notifikasi ini tidak dapat dibaca.
error-gateway-not-configured = Penyedia pembayaran ini belum diatur.
error-payment-account-read-only = Kunci akun ini berasal dari konfigurasi server dan tidak dapat diubah di sini.
