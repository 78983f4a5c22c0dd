### Buttons and the parts of every page.

## Buttons
action-save = Simpan
action-cancel = Batal
action-close = Tutup
action-back = Kembali
action-continue = Lanjutkan
action-confirm = Konfirmasi
action-delete = Hapus
action-edit = Ubah
action-add = Tambah
action-copy = Salin
action-copied = Tersalin
action-open = Buka
action-download = Unduh
action-print = Cetak
action-retry = Coba lagi
action-refresh = Muat ulang
action-search = Cari
action-filter = Saring
action-clear-filter = Hapus saringan
action-reveal = Tampilkan
action-hide = Sembunyikan
action-pay = Bayar
action-pay-now = Bayar sekarang
action-top-up = Isi saldo
action-start = Nyalakan
action-stop = Hentikan
action-restart = Mulai ulang
action-buy = Beli
action-details = Rincian
action-see-all = Lihat semua
action-sign-in = Masuk
action-sign-out = Keluar
action-register = Daftar
action-dismiss = Tutup pemberitahuan

## The frame around every page
skip-to-content = Langsung ke isi
main-navigation = Navigasi utama
account-menu = Menu akun
account-switcher = Ganti akun
account-current = Akun yang dipakai
search-label = Cari
search-placeholder-whm = Cari pelanggan, nomor, alamat layanan, ID
theme-label = Tampilan
theme-light = Terang
theme-dark = Gelap
theme-system = Ikuti sistem
language-label = Bahasa
toasts-label = Pemberitahuan
demo-banner = Mode demo: uang, bank, dan klaster disimulasikan.
demo-label = Mode demo
demo-desk = Meja kendali
needs-action = { $n } perlu tindakan
breadcrumb = Jejak halaman
footer-made = Yumna menjalankan layanan Anda.
offline = Koneksi terputus. Halaman ini akan diperbarui begitu tersambung.

## Forms
field-optional = opsional
form-errors-title = Periksa { $n } isian ini
form-sending = Mengirim
form-type-to-confirm = Ketik { $text } untuk melanjutkan
form-not-equal = Belum sama persis.
select-placeholder = Pilih
password-show = Tampilkan kata sandi
password-hide = Sembunyikan kata sandi

## Lists
list-previous = Sebelumnya
list-next = Berikutnya
list-newest = Terbaru
list-pages = Halaman daftar
list-empty = Belum ada apa pun di sini
list-no-match = Tidak ada yang cocok dengan saringan ini
list-selected = { $n } dipilih
table-scroll = Tabel, dapat digeser

## Progress and time
progress-step-of = Langkah { $current } dari { $total }
progress-label = Kemajuan
countdown-left = Sisa waktu
countdown-over = Waktu habis
timeline-label = Riwayat
timeline-empty = Belum ada kejadian
timeline-details = Data mentah
qr-alt = Kode QR untuk dipindai
