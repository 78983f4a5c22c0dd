## Words of orders on documents
ordering-line = { $service } { $plan } ({ $cycle })
ordering-line-trial = { $service } { $plan }, masa coba { $days } hari
ordering-line-option = { $line }: { $option }
ordering-line-setup = Biaya pemasangan { $service } { $plan }
ordering-refund-provisioning-failed = Layanan tidak dapat disiapkan
ordering-refund-no-capacity = Tidak ada tempat tersedia untuk paket ini
subscriptions-line-renewal = { $service } { $plan }, { $cycle }, { $from } – { $to }
subscriptions-credit-not-renewed = Langganan tidak diperpanjang
ordering-credit-not-delivered = Langganan berakhir sebelum periode ini dilayani
ordering-line-change-new = { $service } { $plan }, { $from } – { $to }
ordering-line-change-old = Sisa { $service } { $plan }, { $from } – { $to }
