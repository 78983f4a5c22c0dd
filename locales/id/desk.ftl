### Meja kendali demo.
desk-title = Meja kendali
desk-text = Jadilah bank, baca surel, majukan jam. Tidak ada uang sungguhan di sini.
desk-clock = Jam
desk-advance = Maju { $n } hari
desk-bank = Menunggu pembayaran
desk-bank-empty = Belum ada yang perlu dibayar. Pesan sesuatu di toko dulu.
desk-pay = Bayar
desk-mail = Surel yang sampai
desk-mail-empty = Belum ada surel.
