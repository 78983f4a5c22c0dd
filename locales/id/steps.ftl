# Hasil sebuah langkah pengerjaan layanan, seperti di lognya.

did-placed = Alamatnya { $host }
did-all-removed = Semuanya sudah dihapus
did-old-size = Ukurannya kembali seperti semula
did-namespace = Namespace { $namespace } ada
did-policies = Kuota, batas, dan aturan jaringan terpasang
did-secrets = { $n } rahasia dan konfigurasi ada
did-volumes = Penyimpanan: { $volumes }
did-no-volume = Tidak perlu penyimpanan
did-companions = Basis data dan cache menjawab
did-no-companions = Tidak perlu basis data atau cache
did-deployed = { $service } terpasang
did-stopped-change = Sedang berhenti; perubahannya berlaku saat dinyalakan lagi
did-no-owner = Layanan ini tidak perlu akun pemilik
did-owner = Akun pemilik pertama sudah ada
did-answers = Menjawab di { $url }
did-names = { $n } domain milik pelanggan terbuka
did-unpublished = Tidak dapat dijangkau lagi dari luar
did-stopped = Sudah berhenti; datanya disimpan
did-nothing-runs = Tidak ada lagi yang berjalan
did-data-removed = Datanya sudah dihapus
did-nothing-left = Tidak ada yang tersisa
did-nothing-left-not-ours = Tidak ada yang tersisa; namespace-nya bukan milik kita
did-nothing-left-others = Tidak ada yang tersisa; layanan lain milik pelanggan tetap ada
did-answering = Layanannya menjawab
did-backup = Cadangan terakhir ada di { $place } ({ $bytes } byte) dan sudah dibaca kembali
did-nothing-to-keep = Tidak ada yang perlu disimpan
