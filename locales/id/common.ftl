### Names, navigation and dates.

## The product and its doors
brand-name = Yumna
door-panel = Panel
door-whm = WHM

## Navigation of customers
nav-home = Beranda
nav-services = Layanan
nav-billing = Tagihan
nav-wallet = Saldo
nav-orders = Pesanan
nav-catalog = Tambah layanan
nav-profile = Profil
nav-help = Bantuan
nav-more = Lainnya

## Navigation of staff
nav-group-customers = Pelanggan
nav-group-sales = Penjualan
nav-group-money = Keuangan
nav-group-services = Layanan
nav-group-infrastructure = Infrastruktur
nav-group-support = Dukungan
nav-group-reports = Laporan
nav-group-system = Sistem
nav-dashboard = Ringkasan
nav-customers = Pelanggan
nav-plans = Paket dan kuota
nav-invoices = Tagihan
nav-billing-day = Hari penagihan
nav-books = Pembukuan
nav-payments = Pembayaran
nav-subscriptions = Langganan
nav-instances = Instans
nav-tasks = Pekerjaan layanan
nav-clusters = Klaster
nav-servers = Server
nav-jobs = Tugas latar
nav-audit = Jejak audit
nav-settings = Pengaturan
nav-setup = Persiapan awal
nav-public-catalog = Layanan
nav-public-panel = Buka panel

## Dates
month-short-1 = Jan
month-short-2 = Feb
month-short-3 = Mar
month-short-4 = Apr
month-short-5 = Mei
month-short-6 = Jun
month-short-7 = Jul
month-short-8 = Agu
month-short-9 = Sep
month-short-10 = Okt
month-short-11 = Nov
month-short-12 = Des
just-now = baru saja
in-a-moment = sebentar lagi
ago-minutes = { $n } menit lalu
ago-hours = { $n } jam lalu
ago-days = { $n } hari lalu
ago-months = { $n } bulan lalu
ago-years = { $n } tahun lalu
in-minutes = dalam { $n } menit
in-hours = dalam { $n } jam
in-days = dalam { $n } hari
in-months = dalam { $n } bulan
in-years = dalam { $n } tahun
short-seconds = { $n } dtk
short-minutes = { $n } mnt
short-hours = { $n } jam
short-days = { $n } hari
zone-wib = Waktu Indonesia Barat (UTC+7)
