error-quota-exceeded = Paket ini sedang habis. Tidak ada yang ditagih. Masuk daftar tunggu dan kami kabari begitu ada tempat.
error-quota-below-used = Kuota tidak bisa lebih kecil dari { $used } tempat yang sedang terpakai.
error-template-version-taken = Templat { $slug } versi { $version } sudah tersimpan dengan isi lain. Naikkan versi templatnya.
error-agreement-missing = Lisensi { $slug } mensyaratkan perjanjian. Catat perjanjiannya dulu, baru layanan ini bisa dijual.
error-coupon-in-use = Kupon ini sudah dipakai, jadi kode dan potongannya tetap. Tidak ada yang berubah.
error-coupon-ended = Kupon ini sudah berakhir dan tidak bisa diubah lagi.
error-retired = Ini sudah dipensiunkan untuk selamanya dan tidak bisa dijual lagi. Buat salinannya saja.
error-option-changed = Opsi ini sudah diubah orang lain sejak Anda membuka formulirnya, jadi tidak ada yang disimpan. Isinya yang sekarang ada di bawah; ulangi perubahan Anda bila masih perlu.
