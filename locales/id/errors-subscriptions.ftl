error-upgrade-required = Anda sudah berlangganan layanan ini. Tidak ada yang ditagih. Untuk kapasitas lebih besar, naikkan paket langganan yang ada.
error-plan-full = Paket ini penuh dan tempat yang ada milik mereka yang membayar lebih dulu. Layanan menyala sendiri begitu ada tempat; menambah kuota paket mempercepatnya. Tidak ada yang berubah.
