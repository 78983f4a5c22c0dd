# Hasil uji sambungan klaster dan akun pembayaran, satu per baris.

found-cluster-version = Kubernetes { $version } dengan pod security admission
found-cluster-rights = Semua hak ada
found-cluster-fence = Rahasia di luar namespace kita tidak terjangkau
found-cluster-storage = Penyimpanan dari kelas { $class }
found-cluster-ingress = Permintaan masuk lewat kelas ingress { $class }
found-cluster-measured = Pemakaian CPU dan memori diukur
found-cluster-domain = Layanan menjawab di bawah { $domain }
found-cluster-every-secret = Kubeconfig ini dapat membaca semua rahasia di klaster; deploy/k8s/driver-rbac.yaml memberinya hak yang lebih sempit
found-cluster-no-fence = Tanpa pagar: akun ini dapat mengambil perannya di namespace orang lain dan membaca rahasianya; terapkan lagi deploy/k8s/driver-rbac.yaml
found-cluster-no-events = Event tidak dapat dilihat: penyebab layanan tidak berjalan disampaikan kurang rinci
found-cluster-no-namespaces = Daftar namespace tidak dapat dilihat: tidak semua sisa ditemukan
found-cluster-not-measured = Tidak ada metrics server: pemakaian CPU dan memori tidak ditampilkan
found-cluster-cannot-grow = Penyimpanan kelas { $class } tidak dapat diperbesar saat paket naik
found-cluster-local-path = local-path tidak menegakkan batas ukuran dan mengikat data pada satu mesin

found-fails-too-old = Kubernetes-nya terlalu lama: { $why }.
found-fails-rights = Ada hak yang kurang: { $why }.
found-fails-storage-class = Kelas penyimpanan ini tidak ada: { $why }.
found-fails-ingress-class = Kelas ingress ini tidak ada: { $why }.
found-fails-refused = Klaster menolak: { $why }
found-fails-unavailable = Klaster tidak menjawab: { $why }

found-gateway-key = { $gateway } menerima kuncinya ({ $world })
found-gateway-odd-key = Kuncinya tidak tampak seperti kunci untuk { $world }
found-gateway-production = uang sungguhan
found-gateway-sandbox = sandbox
found-tripay-closed = Tidak aktif di Tripay: { $channels }
found-xendit-no-token = Tanpa token verifikasi, tidak ada pemberitahuan yang dipercaya
found-transfer-banks = Pelanggan dapat mentransfer ke { $banks }
found-transfer-no-code = Tanpa kode unik, dua pelanggan dapat mentransfer jumlah yang sama

found-backup-touched = terakhir disentuh { $n } jam yang lalu.
found-backup-unreadable = tidak dapat dibaca; belum ada cadangan yang menyentuhnya.
