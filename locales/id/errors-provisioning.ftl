error-not-capable = Layanan ini tidak mendukung tindakan itu.
error-cluster-in-use = Masih ada { $instances } layanan di klaster ini. Pindahkan atau hentikan dulu.
error-node-draining = { $machine } sedang dikosongkan. Hentikan itu dulu.
error-settings-changed = Pengaturan ini baru saja diubah orang lain. Silakan buka lagi halamannya.
error-cluster-refused = Klaster menolak permintaan kami. Tidak ada yang berubah.
error-cluster-unreachable = Klaster sedang tidak dapat dihubungi. Data Anda aman; coba lagi sebentar lagi.
