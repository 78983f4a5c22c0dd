### Kupon: di keranjang, di dokumen, dan di kantor.
coupon-field = Kode promo
coupon-apply = Pakai
coupon-remove = Lepas
coupon-line = Promo { $code }
coupon-before = Sebelum promo
coupon-lasts-first = Berlaku untuk pembayaran pertama.
coupon-lasts-some = { $n ->
    *[other] Berlaku untuk pembayaran pertama dan { $n } perpanjangan berikutnya.
}
coupon-lasts-always = Berlaku untuk pembayaran pertama dan setiap perpanjangan.
coupon-not-counted = Kode { $code } tidak dihitung. { $why }
coupon-next-some = { $n ->
    *[other] Sudah dikurangi promo { $code }, masih berlaku untuk { $n } perpanjangan.
}
coupon-next-always = Sudah dikurangi promo { $code }, berlaku untuk setiap perpanjangan.
coupon-change-kept = Promo { $code } tetap berlaku: perpanjangan berikutnya dikurangi { $amount }.
coupon-change-over = Promo { $code } tidak berlaku untuk paket baru, jadi perpanjangan tidak lagi dikurangi.
document-coupon = Kode promo: { $code }

## Mengapa sebuah kode ditolak
error-coupon-invalid = Kode promo tidak dapat dipakai untuk pesanan ini. Belum ada yang dipesan dan belum ada yang ditagih.
field-coupon-unknown = Kode ini tidak kami kenali. Periksa lagi tulisannya.
field-coupon-not-yet = Kode ini belum mulai berlaku.
field-coupon-expired = Masa berlaku kode ini sudah lewat.
field-coupon-used-up = Kode ini sudah habis dipakai.
field-coupon-used-by-customer = Anda sudah memakai kode ini sebanyak yang diperbolehkan.
field-coupon-not-for-this = Kode ini tidak berlaku untuk isi keranjang Anda.
field-coupon-below-minimum = Kode ini berlaku mulai pesanan Rp { $minimum } sebelum pajak.
field-coupon-new-customers-only = Kode ini hanya untuk pelanggan baru.

## Kantor
nav-coupons = Kupon
whm-empty-coupons = Kupon memberi potongan pada pesanan. Buat yang pertama; pelanggan menulis kodenya di keranjang.
whm-coupon = Kupon
whm-coupon-code = Kode
whm-coupon-add = Buat kupon
whm-coupon-add-text = Pelanggan menulis kode ini di keranjang. Setelah dipakai, kode dan potongannya tetap; batas dan tanggalnya masih bisa diubah.
whm-coupon-edit = Ubah kupon
whm-coupon-edit-used = Kupon ini sudah dipakai, jadi kode dan potongannya tetap. Batas dan tanggalnya masih bisa diubah.
whm-coupon-end = Akhiri kupon
whm-coupon-end-text = Kode ini langsung tidak bisa dipakai lagi dan tidak bisa dibuka kembali. Pesanan yang sudah dibuat dan perpanjangan yang sudah dijanjikan tetap mendapat potongannya.
whm-coupon-added = Kupon tersimpan. Kodenya bisa langsung dipakai bila tanggalnya sudah tiba.
whm-coupon-ended = Kupon berakhir.
whm-coupon-search = Cari awal kode
whm-coupon-value = Potongan
whm-coupon-kind = Jenis potongan
whm-coupon-percent = Persen
whm-coupon-amount = Jumlah tetap dalam rupiah
whm-coupon-value-help = Persen boleh dua angka di belakang koma, misalnya 12,5. Jumlah tetap ditulis dalam rupiah penuh dan dibagi rata menurut harga.
whm-coupon-off = { $percent }%
whm-coupon-lasts = Masa potongan
whm-coupon-lasts-first = Pembayaran pertama saja
whm-coupon-lasts-some = Pembayaran pertama dan beberapa perpanjangan
whm-coupon-lasts-count = { $n ->
    *[other] Pembayaran pertama dan { $n } perpanjangan
}
whm-coupon-lasts-always = Selalu, setiap perpanjangan
whm-coupon-renewals = Jumlah perpanjangan
whm-coupon-renewals-help = Diisi bila potongan berlaku untuk beberapa perpanjangan.
whm-coupon-setup = Juga memotong biaya pemasangan
whm-coupon-new = Hanya untuk pelanggan baru
whm-coupon-new-help = Pelanggan yang belum pernah membayar pesanan.
whm-coupon-minimum = Minimal pesanan
whm-coupon-minimum-help = Sebelum pajak dan potongan, dihitung dari layanan yang terkena kupon. 0 berarti tanpa batas.
whm-coupon-max = Batas pemakaian
whm-coupon-max-help = Kosong berarti tanpa batas.
whm-coupon-max-each = Batas tiap pelanggan
whm-coupon-from = Berlaku mulai
whm-coupon-until = Berlaku sampai dengan
whm-coupon-until-help = Hari terakhir, sampai pukul 24.00 WIB. Kosong berarti tanpa akhir.
whm-coupon-scope = Berlaku untuk
whm-coupon-scope-help = Kode paket atau alamat layanan, pisahkan dengan koma, misalnya n8n, ghost-pro. Kosong berarti semua.
whm-coupon-cycles = Siklus
whm-coupon-cycles-help = Misalnya monthly, annually; pisahkan dengan koma. Kosong berarti semua.
whm-coupon-all = Semua layanan
whm-coupon-all-cycles = Semua siklus
whm-coupon-uses = Pemakaian
whm-coupon-uses-of = { $used } dari { $most }
whm-coupon-no-limit = tanpa batas
whm-coupon-given = Potongan dari pesanan yang dibayar
whm-coupon-redemptions = Pemakaian
whm-coupon-redemptions-of = Pemakaian { $code }
whm-coupon-all-redemptions = Semua pemakaian
whm-empty-redemptions = Belum ada pesanan yang memakai kupon ini.
whm-coupon-note = Catatan
coupon-state-active = Berlaku
coupon-state-later = Belum mulai
coupon-state-used-up = Habis
coupon-state-over = Berakhir
redemption-status-reserved = Dipesan
redemption-status-committed = Dipakai
redemption-status-released = Dikembalikan
error-coupon-in-use = Kupon ini sudah dipakai, jadi kode dan potongannya tetap. Tidak ada yang berubah.
error-coupon-ended = Kupon ini sudah berakhir dan tidak bisa diubah lagi.
field-coupon-code = Pakai huruf, angka dan tanda hubung, paling banyak { $max } karakter.
field-coupon-taken = Sudah dipakai kupon lain.
field-unknown-names = Tidak ada layanan, paket atau siklus bernama { $names }.
field-percent = Tulis persen di atas 0, paling banyak 100, dengan paling banyak dua angka di belakang koma.
field-below-used = Tidak boleh lebih kecil dari { $used } pemakaian yang sudah ada.
field-ends-before-start = Harus sesudah tanggal mulai.
field-name-coupon = Kode promo
field-name-value = Potongan
field-name-scope = Berlaku untuk
field-name-cycles = Siklus
field-name-renewals = Jumlah perpanjangan
field-name-minimum = Minimal pesanan
field-name-max-uses = Batas pemakaian
field-name-max-uses-per-customer = Batas tiap pelanggan
field-name-starts-on = Berlaku mulai
field-name-ends-on = Berlaku sampai dengan
field-name-note = Catatan
audit-catalog-coupon-add = Membuat kupon
audit-catalog-coupon-change = Mengubah kupon
audit-catalog-coupon-end = Mengakhiri kupon
