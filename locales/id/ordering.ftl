## Words of orders on documents
ordering-line = { $service } { $plan } ({ $cycle })
ordering-line-setup = Biaya pemasangan { $service } { $plan }
ordering-refund-provisioning-failed = Layanan tidak dapat disiapkan
ordering-refund-no-capacity = Tidak ada tempat tersedia untuk paket ini
