### Akun pelanggan dan pengaturan.
error-grant-missing = Peran Anda di akun ini tidak mengizinkannya. Minta pemilik akun.

field-invalid-phone = Tulis nomor telepon dengan kode negara, misalnya +62812….
field-invalid-npwp = NPWP terdiri dari 15 atau 16 angka. Periksa lagi angkanya.
field-invalid-nitku = NITKU terdiri dari 22 angka. Periksa lagi angkanya.
field-nitku-differs = NITKU ini milik NPWP lain. Angkanya diawali NPWP 16 angka.
field-not-ahead = Pilih hari setelah hari ini, paling jauh sepuluh tahun ke depan.
field-tax-rule-overlaps = Sudah ada aturan negara ini yang mulai pada hari itu atau sesudahnya.
field-invalid-fraction = Isi pecahan seperti 11/12, paling besar 1/1.
field-invalid-country = Pilih negara dari daftar.
field-invalid-postal-code = Kode pos tidak sesuai dengan negaranya. Di Indonesia lima angka.
field-invalid-days = Tulis hari sebagai bilangan bulat yang dipisah koma, misalnya -7, -3, 0, 3.
field-needs-7-and-1 = Peringatan 7 dan 1 hari sebelum penghapusan wajib ada.
field-invalid-pattern = Pola harus memuat {"{year}"} dan {"{number}"} masing-masing sekali.
field-series-in-use = Deret tahun { $year } sudah dipakai, jadi nomor pertamanya tidak dapat diubah lagi.
field-out-of-range = Isi antara { $min } dan { $max }.

checklist-company = Data perusahaan
checklist-company-incomplete = Lengkapi nama badan usaha, alamat, dan email.
checklist-tax = Status pajak
checklist-tax-undecided = Tentukan apakah Anda PKP.
checklist-tax-number-missing = PKP wajib mengisi NPWP perusahaan.
checklist-bank = Rekening bank
checklist-bank-missing = Isi bank, nomor rekening, dan nama pemiliknya.
checklist-numbering = Nomor dokumen
checklist-numbering-unconfirmed = Isi pola dan nomor pertama tiap deret tahun ini, lalu setujui. Nomor pertama tidak dapat diubah lagi setelah dipakai.
checklist-mail = Uji kirim email
checklist-mail-untested = Kirim satu email percobaan.
checklist-gateway = Uji gateway pembayaran
checklist-gateway-untested = Jalankan uji koneksi gateway.
checklist-cluster = Klaster atau server
checklist-cluster-missing = Hubungkan satu klaster yang menerima layanan dan lulus uji.
