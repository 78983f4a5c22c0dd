error-import-unreadable = Berkas ini bukan tabel yang bisa dibaca. Kirim CSV dalam UTF-8 dengan judul kolom di baris pertama. Tidak ada yang dipindahkan.
error-import-too-large = Berkas lebih besar dari 5 MB atau lebih dari 20.000 baris. Bagi menjadi beberapa berkas. Tidak ada yang dipindahkan.
error-import-changed = Kolom atau pilihan berkas ini diubah setelah Anda memeriksanya. Tidak ada yang dipindahkan; muat ulang halaman dan periksa lagi.
error-import-over = Berkas ini sudah dimulai atau disingkirkan. Tidak ada yang berubah; muat ulang halaman.
