### Words on documents, movements of wallets, and charges at payment providers.

## Movements of wallets and charges
wallet-words-payment = Payment of invoice { $number }
wallet-words-top-up = Top-up ({ $reference })
wallet-words-overpayment = Overpayment ({ $reference })
wallet-words-refund = Refund ({ $reference })
wallet-words-reversed = Payment taken back by the bank
refund-words-at-gateway = Refunded by the payment gateway
payment-words-invoice = Invoice { $number }
payment-words-invoices = { $n ->
    [one] 1 invoice
   *[other] { $n } invoices
}
wallet-words-reopened = Payment of an invoice taken back: the bank took its money back
document-late-fee = Late fee for invoice { $number } ({ $days } days late)
payment-words-top-up = Wallet top-up

## Invoice
document-invoice = Invoice
document-number = Number
document-issued = Date of issue
document-due = Due
document-from = From
document-to = To
document-npwp = NPWP
document-nitku = NITKU
document-description = Description
document-quantity = Quantity
document-unit-price = Unit price
document-amount = Amount
document-discount = Discount
document-period = Period { $start } – { $end }
document-subtotal = Subtotal
document-collected-government = PPN collected by the office
document-collected-other = PPN collected by the buyer
document-total = Total
document-paid = Paid
document-credited = Credited
document-written-off = Written off
document-refunded = Refunded
document-open = Left to pay
document-payments = Payments
document-payment-line = { $date } · { $method } · { $reference }
document-stamp-paid = PAID
document-stamp-void = VOID
document-scan-to-pay = Scan to pay or view this invoice
document-bank = Bank transfer
document-page = Page { $page } of { $pages }
document-tax-exempt = Exempt from VAT: { $reason }
document-subtotal-base = Tax base (DPP)
document-scan-to-see = Scan to see this invoice

## Credit note
document-credit-note = Credit note
document-credit-invoice = For invoice
document-credit-says = This note takes back part or all of invoice { $number } of { $date }, as listed below.
document-credit-reason = Reason: { $reason }
document-credit-tax = Tax
document-credit-total = Total credited
