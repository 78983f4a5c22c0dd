### Draf tagihan: ditulis staf baris demi baris, lalu diterbitkan.

whm-draft = Draf tagihan
whm-draft-new = Buat tagihan
whm-draft-new-text = Mulai dengan pelanggan dan jatuh temponya; barisnya ditambahkan sesudah ini. Pelanggan belum melihat apa pun.
whm-draft-begin = Buat draf
whm-draft-due-help = Hari terakhir untuk membayar, sampai pukul 24.00 WIB. Kosongkan untuk jumlah hari yang sama seperti tagihan pesanan di pengaturan.
whm-draft-due-help-kept = Hari terakhir untuk membayar, sampai pukul 24.00 WIB. Kosongkan agar harinya tetap seperti sekarang.
whm-draft-notes-help = Dibaca pelanggan di bawah baris-baris tagihan.
whm-draft-add-line = Tambah baris
whm-draft-add-line-text = Pekerjaan atau barang yang ditagih sekali, tanpa langganan.
whm-draft-edit = Ubah jatuh tempo dan catatan
whm-draft-no-lines = Tambahkan paling sedikit satu baris, lalu terbitkan tagihan ini.
whm-draft-day-over = Jatuh temponya sudah lewat. Ubah tanggalnya sebelum diterbitkan.
whm-draft-discard = Buang draf
whm-draft-discard-text = Draf ini dihapus; hanya jejak audit yang menyimpannya. Pelanggan tidak diberi tahu, karena belum pernah melihatnya.
whm-draft-issue = Terbitkan tagihan
whm-draft-issue-text = Tagihan sebesar { $amount } mendapat nomor dan dikirim ke email pelanggan, dengan pajak menurut hari ini. Sesudah itu isinya tidak dapat diubah lagi, hanya dikreditkan atau dibatalkan.
whm-draft-created = Draf dibuat. Tambahkan barisnya, lalu terbitkan.
whm-draft-issued = Tagihan diterbitkan dan dikirim ke pelanggan.
whm-draft-discarded = Draf dibuang.
permission-billing-invoice-issue = Menulis tagihan sendiri dan menerbitkannya
history-field-due = Jatuh tempo
history-field-notes = Catatan
field-name-due = Jatuh tempo
field-name-lines = Baris

## Yang salah
field-due-past = Pilih hari ini atau sesudahnya.
field-due-far = Paling lama { $days } hari dari sekarang.
