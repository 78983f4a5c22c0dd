error-upgrade-required = Anda sudah berlangganan layanan ini. Tidak ada yang ditagih. Untuk kapasitas lebih besar, naikkan paket langganan yang ada.
