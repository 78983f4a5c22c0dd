### Contracts that wait for room: the list of staff, and what their customers read.
nav-waiting = Daftar tunggu
whm-waiting-text = Siapa yang menunggu tempat pada paket yang penuh. Yang sudah membayar didahulukan menurut waktu uangnya masuk, dan dilayani sendiri begitu ada tempat; yang lain dikabari.
whm-empty-waiting = Tidak ada yang menunggu. Pelanggan yang mendapati paketnya penuh bisa minta dikabari dari halaman layanan; yang sudah membayar dan belum kebagian tempat muncul paling atas.
whm-waiting-search = Kode paket
whm-waiting-kind = Menunggu
whm-waiting-since = Sejak
whm-waiting-until = Uang kembali
whm-waiting-contract = Langganan
waiting-kind-paid = Sudah bayar
waiting-kind-back = Sudah bayar lagi, tadinya ditangguhkan
waiting-kind-interested = Ingin membeli
waiting-kind-told = Sudah dikabari
whm-waiting-again = Sudah dibayar lagi, menunggu tempat pada paket ini: selama ditangguhkan tempatnya dipakai pelanggan lain.
whm-waiting-refund = Kembalikan uangnya
whm-waiting-refund-text = Seluruh pembayaran masuk ke saldo pelanggan, pesanan dibatalkan, dan tempatnya dalam antrean untuk yang berikutnya. Tidak bisa dibatalkan.
whm-waiting-refund-again-text = Pembayaran perpanjangan itu masuk ke saldo pelanggan, langganan berakhir, dan layanan beserta datanya dihapus. Tidak bisa dibatalkan.
whm-waiting-refunded = Uang sudah kembali ke saldo pelanggan. Langganan berakhir.
whm-releases-quota = Penangguhan karena belum dibayar membebaskan tempat
whm-releases-quota-help = Aktif: yang ditangguhkan karena tidak membayar melepas tempatnya untuk pelanggan lain. Setelah dibayar, layanan menyala lagi bila ada tempat; bila tidak, ia antre menurut waktu pembayaran dan uangnya boleh diambil kembali. Tidak aktif: tempat tetap miliknya sampai kontrak berakhir. Berlaku mulai penangguhan berikutnya.

hold-reason-capacity = Menunggu tempat
billing-step-resume = Kembalinya layanan
audit-subscriptions-slot-give-back = Melepas tempatnya
audit-subscriptions-slot-take-back = Mendapat tempat lagi
audit-subscriptions-subscription-give-days = Menambah hari-hari menunggu tempat
audit-ordering-waiting-refund = Mengembalikan uang yang menunggu tempat
history-field-releases-quota-on-suspension = Penangguhan membebaskan tempat

panel-state-suspended-waiting = Pembayaran diterima. Selama layanan ditangguhkan tempatnya dipakai pelanggan lain, dan paket ini sedang penuh. Layanan menyala lagi begitu ada tempat; uang dan data Anda aman.
panel-next-waiting-again = Layanan menyala lagi begitu ada tempat.
panel-next-refund-first = Bila sampai { $date } belum ada tempat, seluruh uang kembali ke saldo Anda dengan sendirinya. Bila Anda tidak ingin menunggu, ambil sekarang.
panel-next-refund-back = Anda antre menurut waktu pembayaran, dan hari-hari menunggu ditambahkan ke masa langganan Anda. Bila sampai { $date } belum ada tempat, uang perpanjangan itu kembali ke saldo Anda, langganan berakhir, dan layanan beserta datanya dihapus. Bila Anda tidak ingin menunggu, ambil uangnya sekarang.
panel-refund-back-text = Pembayaran perpanjangan itu masuk ke saldo Anda sekarang, langganan berakhir, dan layanan beserta semua datanya dihapus. Tempat Anda dalam antrean untuk pelanggan berikutnya.
mail-suspended-room = , selama paketnya masih punya tempat: selama ditangguhkan, tempat Anda dapat dipakai pelanggan lain
