### Kata-kata pada dokumen, mutasi saldo, dan tagihan di penyedia pembayaran.

## Mutasi saldo dan tagihan
wallet-words-payment = Pembayaran faktur { $number }
wallet-words-top-up = Isi saldo ({ $reference })
wallet-words-overpayment = Kelebihan bayar ({ $reference })
wallet-words-refund = Pengembalian dana ({ $reference })
wallet-words-reversed = Pembayaran dibatalkan oleh bank
refund-words-at-gateway = Dikembalikan oleh gerbang pembayaran
payment-words-invoice = Faktur { $number }
payment-words-invoices = { $n } faktur
wallet-words-reopened = Pembayaran faktur dibatalkan: uangnya ditarik kembali oleh bank
document-late-fee = Denda keterlambatan faktur { $number } (terlambat { $days } hari)
payment-words-top-up = Isi saldo

## Faktur
document-invoice = Faktur
document-number = Nomor
document-issued = Tanggal terbit
document-due = Jatuh tempo
document-from = Dari
document-to = Kepada
document-npwp = NPWP
document-nitku = NITKU
document-description = Uraian
document-quantity = Jumlah
document-unit-price = Harga satuan
document-amount = Nilai
document-discount = Diskon
document-period = Periode { $start } – { $end }
document-subtotal = Subtotal
document-collected-government = PPN dipungut instansi pemerintah
document-collected-other = PPN dipungut pembeli
document-total = Total
document-paid = Sudah dibayar
document-credited = Dikreditkan
document-written-off = Dihapusbukukan
document-refunded = Dikembalikan
document-open = Sisa tagihan
document-payments = Pembayaran
document-payment-line = { $date } · { $method } · { $reference }
document-stamp-paid = LUNAS
document-stamp-void = BATAL
document-scan-to-pay = Pindai untuk membayar atau melihat faktur ini
document-bank = Transfer bank
document-page = Halaman { $page } dari { $pages }
document-tax-exempt = Bebas PPN: { $reason }
document-subtotal-base = Dasar pengenaan pajak (DPP)
document-scan-to-see = Pindai untuk melihat faktur ini

## Nota kredit
document-credit-note = Nota kredit
document-credit-invoice = Untuk faktur
document-credit-says = Nota ini menarik kembali sebagian atau seluruh faktur { $number } tanggal { $date }, sesuai rincian di bawah.
document-credit-reason = Alasan: { $reason }
document-credit-tax = Pajak
document-credit-total = Total dikreditkan
