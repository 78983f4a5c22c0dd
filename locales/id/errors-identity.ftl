### Masuk, mendaftar, kata sandi.
error-invalid-credentials = Email, kata sandi, atau kode tidak cocok.
error-otp-required = Masukkan kode dari aplikasi autentikator Anda.
error-too-many-attempts = Terlalu banyak percobaan yang gagal. Coba lagi dalam { $minutes } menit, atau atur ulang kata sandi Anda.
error-invalid-token = Sesi Anda telah berakhir. Silakan masuk lagi.
error-link-invalid = Tautan ini sudah terpakai atau kedaluwarsa. Minta tautan baru.
error-step-up-required = Untuk langkah ini, masukkan kata sandi atau kode Anda sekali lagi.
error-second-factor-required = Staf wajib memakai verifikasi dua langkah. Masuk lewat web: Anda akan dipandu.
error-last-admin = Harus selalu ada satu administrator. Berikan peran itu kepada orang lain dulu.
error-email-not-verified = Buka dulu tautan verifikasi di email Anda. Belum menerimanya? Minta kirim ulang.
error-totp-active = Verifikasi dua langkah sudah aktif.
error-email-taken = Alamat email ini sudah punya akun.

field-invalid-email = Tulis alamat email lengkap, misalnya nama@contoh.id.
field-contains-link = Nama tidak boleh memuat tautan.
field-wrong-code = Kode ini tidak cocok. Pastikan jam ponsel Anda tepat, lalu coba kode berikutnya.
field-unknown = Pilihan ini tidak tersedia.
