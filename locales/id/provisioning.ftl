# Langkah pengerjaan layanan, alasan sesuatu menunggu atau gagal, dan pengaturan klaster.

# --- langkah
phase-place = Mencarikan tempat
phase-namespace = Menyiapkan ruang Anda
phase-policies = Memasang perlindungan dan batas
phase-secrets = Membuat kunci dan kata sandi
phase-settings = Meneruskan pengaturan
phase-volume = Menyiapkan penyimpanan
phase-companions = Menyalakan basis data
phase-workload = Menyalakan layanan
phase-health = Menunggu sampai layanan menjawab
phase-owner = Membuat akun Anda di dalamnya
phase-ingress = Membuka alamat
phase-names = Membuka domain Anda
phase-restart = Memulai ulang layanan
phase-final_backup = Membuat dan memeriksa cadangan terakhir
phase-unpublish = Menutup alamat
phase-stop = Menghentikan layanan
phase-remove_workload = Menghapus layanan
phase-remove_data = Menghapus datanya
phase-remove_namespace = Membersihkan sisa

# --- alasan, seperti yang dibaca pelanggan
reason-unavailable = Klaster sedang tidak menjawab. Kami terus mencoba; tidak ada yang hilang.
reason-unknown = Kami sedang memastikan hasil langkah ini.
reason-missing = Layanan tidak ditemukan di klaster. Kami sedang memeriksanya.
reason-not_started = Layanan sedang tidak menyala. Kami sedang memeriksanya.
reason-starting = Layanan sedang dinyalakan. Biasanya satu sampai dua menit.
reason-stopping = Layanan sedang dihentikan.
reason-removing = Layanan sedang dihapus.
reason-namespace_terminating = Layanan sebelumnya masih dibersihkan. Kami lanjutkan begitu selesai.
reason-owner = Akun Anda di layanan ini sedang dibuat.
reason-owner_failed = Akun Anda di layanan ini gagal dibuat. Kami sedang memeriksanya.
reason-image_pull = Perangkat lunak belum dapat diunduh. Kami sedang memeriksanya.
reason-container_config = Sebuah pengaturan membuat layanan tidak dapat menyala. Kami sedang memeriksanya.
reason-crash_loop = Layanan berulang kali berhenti sendiri. Lihat log untuk penyebabnya.
reason-out_of_memory = Layanan butuh memori lebih besar daripada paketnya. Paket yang lebih besar akan membantu.
reason-quota = Batas akun Anda tidak menyisakan ruang untuk layanan ini. Kami sedang memeriksanya.
reason-policy = Layanan melanggar aturan keamanan sehingga tidak dinyalakan. Kami sedang memeriksanya.
reason-pod_refused = Klaster belum menerima layanan ini. Kami sedang memeriksanya.
reason-volume_pending = Menunggu penyimpanan.
reason-volume_missing = Penyimpanan layanan ini hilang. Layanan tidak dinyalakan agar tidak ada yang tertimpa. Kami sedang memeriksanya.
reason-volume_resize = Penyimpanan layanan ini tidak dapat diperbesar. Kami sedang memeriksanya.
reason-volume_attach = Penyimpanannya belum dapat disambungkan ke mesinnya. Data Anda aman; kami sedang memeriksanya.
reason-no_room = Semua mesin sedang penuh. Kami menambah tempat; pesanan Anda tetap aman dalam antrean.
reason-machine = Mesin tempat layanan ini berjalan sedang bermasalah. Kami sedang memeriksanya.
reason-evicted = Mesinnya kekurangan memori atau penyimpanan sehingga layanan dipindahkan. Kami sedang memeriksanya.
reason-not_answering = Layanan menyala, tetapi belum menjawab. Kami sedang memantaunya.
reason-rollout_timeout = Layanan tidak menjawab tepat waktu.
reason-companion_not_ready = Basis datanya sedang tidak menjawab.
reason-incomplete = Layanan belum terpasang lengkap. Kami sedang memeriksanya.
reason-name_taken = Namanya sudah terpakai di klaster. Kami sedang memeriksanya.
reason-plan_too_small = Paket terlalu kecil untuk layanan ini.
reason-cluster_refuses_us = Klaster sedang tidak menerima kami. Kami sedang menanganinya, tidak ada yang hilang.
reason-unauthorized = Kami belum dapat masuk ke klaster. Kami sedang memeriksanya.
reason-forbidden = Klaster menolak sebuah langkah. Kami sedang memeriksanya.
reason-rights_pending = Menunggu klaster memberi kami hak untuk layanan Anda.
reason-kubeconfig = Klaster belum diatur dengan benar. Kami sedang memeriksanya.
reason-settings = Klaster belum diatur dengan benar. Kami sedang memeriksanya.
reason-invalid = Klaster menolak sebuah langkah. Kami sedang memeriksanya.
reason-refused = Klaster menolak sebuah langkah. Kami sedang memeriksanya.
reason-too_large = Klaster menolak sebuah langkah. Kami sedang memeriksanya.
reason-not_found = Klaster tidak memiliki sesuatu yang dibutuhkan layanan. Kami sedang memeriksanya.
reason-request = Sebuah langkah tidak dapat dikerjakan. Kami sedang memeriksanya.
reason-phase = Sebuah langkah tidak dapat dikerjakan. Kami sedang memeriksanya.
reason-too_old = Versi klaster terlalu lama.
reason-rights = Hak akses di klaster kurang.
reason-storage_class = Kelas penyimpanan itu tidak ada di klaster.
reason-ingress_class = Kelas ingress itu tidak ada di klaster.
reason-other = Klaster melaporkan sesuatu yang belum punya kalimat di sini.

# --- jawaban atas pertanyaan layanan
parameter-error-unknown = Pertanyaan ini tidak ada.
parameter-error-control_characters = Baris baru dan karakter kendali tidak diperbolehkan.
parameter-error-too_short = Terlalu pendek.
parameter-error-too_long = Terlalu panjang.
parameter-error-pattern = Bentuknya tidak sesuai.
parameter-error-number = Isi dengan bilangan bulat.
parameter-error-out_of_range = Angka di luar batas.
parameter-error-bool = Pilih ya atau tidak.
parameter-error-option = Pilih salah satu pilihan.
parameter-error-email = Ini bukan alamat email.
parameter-error-hostname = Ini bukan nama host.

# --- aturan sebuah jawaban, di bawah kolomnya
parameter-rule-length = { $min } sampai { $max } karakter.
parameter-rule-max = Paling banyak { $max } karakter.
parameter-rule-range = Bilangan bulat dari { $min } sampai { $max }.
parameter-rule-least = Bilangan bulat, paling kecil { $min }.
parameter-rule-most = Bilangan bulat, paling besar { $max }.
parameter-rule-number = Bilangan bulat.
parameter-rule-hostname = Nama host, misalnya toko.example.com.
parameter-rule-example = Contoh: { $example }.
parameter-rule-secret = Tidak pernah ditampilkan. Kosongkan untuk mempertahankan yang sekarang.

# --- pengaturan klaster
driver-kubernetes-kubeconfig = Kubeconfig
driver-kubernetes-kubeconfig-help = Berisi alamat, sertifikat, dan token. Berkas, perintah, dan kata sandi ditolak.
driver-kubernetes-ingress-domain = Domain layanan
driver-kubernetes-ingress-domain-help = Layanan menjawab di bawahnya, misalnya apps.example.id. Arahkan *.apps.example.id ke klaster.
driver-kubernetes-ingress-class = Kelas ingress
driver-kubernetes-ingress-class-help = Kosong: traefik, bawaan K3s.
driver-kubernetes-ingress-namespace = Namespace pengendali ingress
driver-kubernetes-ingress-namespace-help = Hanya pod di sana yang boleh menghubungi layanan. Kosong: kube-system.
driver-kubernetes-storage-class = Kelas penyimpanan
driver-kubernetes-storage-class-help = Kosong: bawaan klaster.
driver-kubernetes-url-scheme = Skema alamat
driver-kubernetes-url-scheme-help = https atau http. Kosong: https.
driver-kubernetes-url-port = Port pada alamat
driver-kubernetes-url-port-help = Hanya bila bukan port yang biasa.
driver-kubernetes-ingress-addresses = Alamat IP ingress
driver-kubernetes-ingress-addresses-help = Untuk domain pelanggan yang tidak dapat memakai CNAME; pisahkan dengan koma. Kosong: dicari dari alamat layanan.
driver-kubernetes-certificate-issuer = ClusterIssuer cert-manager
driver-kubernetes-certificate-issuer-help = Menerbitkan sertifikat untuk domain pelanggan. Kosong: domain pelanggan menjawab lewat http.
parameter-error-required = Wajib dipilih.
