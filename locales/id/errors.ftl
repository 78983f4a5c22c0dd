### What went wrong and what to do.

## Pages for what went wrong, by kind
error-invalid-title = Ada isian yang perlu diperbaiki
error-invalid-text = Periksa isian Anda, lalu kirim lagi. Tidak ada yang berubah.
error-unauthenticated-title = Silakan masuk dahulu
error-unauthenticated-text = Sesi Anda berakhir atau Anda belum masuk.
error-forbidden-title = Anda tidak berhak membuka ini
error-forbidden-text = Minta pemilik akun atau admin untuk memberi akses.
error-not-found-title = Halaman tidak ditemukan
error-not-found-text = Alamatnya mungkin salah ketik, atau yang Anda cari sudah tidak ada.
error-conflict-title = Keadaannya sudah berubah
error-conflict-text = Muat ulang halaman untuk melihat keadaan terkini, lalu coba lagi.
error-too-many-title = Terlalu sering dicoba
error-too-many-text = Tunggu sebentar, lalu coba lagi.
error-upstream-title = Layanan mitra belum merespons
error-upstream-text = Kami belum dapat memastikan hasilnya. Kami terus mencoba; jangan membayar dua kali.
error-internal-title = Ada masalah di pihak kami
error-internal-text = Kami sudah diberi tahu. Coba lagi sebentar lagi; bila perlu, sebutkan kode kejadian di bawah.
error-unavailable-title = Sedang sibuk
error-unavailable-text = Sistem sedang sibuk atau dalam pemeliharaan. Coba lagi sebentar lagi.
error-incident = Kode kejadian
error-status = Galat { $status }
error-go-home = Ke beranda
error-csrf = Halaman ini terbuka terlalu lama. Muat ulang, lalu kirim lagi.
error-body-too-large = Data yang dikirim terlalu besar.
error-network = Tidak dapat menghubungi server. Periksa koneksi Anda, lalu coba lagi.

## Messages at fields
field-mark = Tanpa tanda |.
field-version-taken = Versi { $version } sudah tersimpan dengan teks lain. Naikkan versinya.
field-too-many = Paling banyak { $max }.
field-required = Wajib diisi.
field-invalid = Isian ini tidak dikenali.
field-too-long = Paling banyak { $max } karakter.
field-too-short = Paling sedikit { $min } karakter.
field-email = Tulis alamat email lengkap, misalnya nama@contoh.id.
field-phone = Tulis nomor telepon dengan kode negara, misalnya +62812…
field-number = Tulis angka saja.
field-amount-min = Paling sedikit { $amount }.
field-amount-max = Paling banyak { $amount }.
field-password-weak = Kata sandi ini terlalu mudah ditebak. Pakai beberapa kata yang tidak berhubungan.
field-must-match = Harus sama persis dengan { $text }.
field-must-accept = Centang untuk melanjutkan.
field-test-failed = Klaster tidak lulus uji dengan isian ini, jadi tidak ada yang diubah: { $why }
field-test-failed-too-old = Ini memerlukan Kubernetes yang lebih baru, jadi tidak ada yang diubah: { $why }
field-test-failed-rights = Haknya kurang dengan isian ini, jadi tidak ada yang diubah: { $why }
field-test-failed-storage-class = Kelas penyimpanan itu tidak ada di klaster, jadi tidak ada yang diubah: { $why }
field-test-failed-ingress-class = Kelas ingress itu tidak ada di klaster, jadi tidak ada yang diubah: { $why }
field-control-characters = Ada karakter yang tidak dapat disimpan.
error-rate-limited = Terlalu banyak percobaan dari jaringan Anda. Tunggu { $seconds } detik, lalu coba lagi. Tidak ada yang berubah atau ditagih.
