### Nama isian di ringkasan galat sebuah formulir.
field-name-name = Nama
field-name-email = Email
field-name-password = Kata sandi
field-name-current = Kata sandi sekarang
field-name-code = Kode
field-name-accepted-terms = Persetujuan
field-name-amount = Jumlah
field-name-method = Cara bayar
field-name-company = Perusahaan
field-name-phone = Telepon
field-name-npwp = NPWP
field-name-street-1 = Alamat
field-name-city = Kota atau kabupaten
field-name-state = Provinsi
field-name-postal-code = Kode pos
field-name-country-code = Kode negara
field-name-reason = Alasan
