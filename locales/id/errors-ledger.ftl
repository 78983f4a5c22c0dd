### Buku besar dan saldo.
error-insufficient-credit = Saldo Anda kurang Rp { $shortfall }. Tidak ada uang yang berpindah. Isi saldo atau pilih cara bayar lain.
error-amount-invalid = Jumlahnya tidak sah. Tidak ada uang yang berpindah.
error-reason-required = Tuliskan alasannya lebih dahulu.
error-approval-by-same-person = Persetujuan harus diberikan oleh petugas lain. Tidak ada uang yang berpindah.
error-approval-already-decided = Permintaan ini sudah diputuskan.
