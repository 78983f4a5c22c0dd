error-shop-closed = Toko belum dibuka. Pesanan belum dapat diterima dan tidak ada yang ditagih.
error-cart-changed = Isi keranjang atau harganya sudah berubah sejak halaman ini dibuka. Belum ada yang dipesan dan belum ada yang ditagih.
error-quote-expired = Penawaran ini sudah tidak berlaku. Tidak ada yang berubah atau ditagih; mintalah penawaran baru.
error-invalid-upgrade = Paket ini tidak lebih tinggi dari paket sekarang, jadi langganan tidak dapat ditingkatkan ke sana. Tidak ada yang berubah atau ditagih.
error-account-not-served = Akun ini sedang tidak dilayani, jadi pesanan tidak dapat dibuat. Hubungi kami bila ini keliru.
error-duplicate-subscription = Anda sudah memesan layanan ini dan tagihannya belum dibayar. Bayar atau batalkan pesanan itu dulu.
error-coupon-invalid = Kode promo tidak dapat dipakai untuk pesanan ini. Belum ada yang dipesan dan belum ada yang ditagih.
