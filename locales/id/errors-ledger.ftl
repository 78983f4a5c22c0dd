### Buku besar dan saldo.
error-insufficient-credit = Saldo Anda kurang Rp { $shortfall }. Tidak ada uang yang berpindah. Isi saldo atau pilih cara bayar lain.
error-amount-invalid = Jumlahnya tidak sah. Tidak ada uang yang berpindah.
error-reason-required = Tuliskan alasannya lebih dahulu.
error-approval-by-same-person = Persetujuan harus diberikan oleh petugas lain. Tidak ada uang yang berpindah.
error-approval-already-decided = Permintaan ini sudah diputuskan.
error-period-closed = Pembukuan { $month } sudah ditutup. Tidak ada yang berubah.
error-period-not-over = { $month } belum berakhir. Bulan dapat ditutup satu jam setelah berakhir.
error-period-out-of-order = { $month } harus ditutup lebih dulu. Tidak ada yang berubah.
error-period-not-last = Hanya bulan terakhir yang ditutup dapat dibuka kembali; { $month } bukan bulan itu. Tidak ada yang berubah.
error-opening-balance-exists = Akun ini sudah punya saldo awal pada hari itu. Tarik dulu yang lama.
error-opening-balance-taken-back = Saldo awal ini sudah ditarik sebelumnya. Tidak ada yang berubah.
error-credit-in-use = Saldo sudah memakai kredit { $used }, jadi batasnya tidak bisa lebih rendah dari itu. Batas yang lama tetap berlaku.
