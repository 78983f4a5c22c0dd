### Invoices, wallet and orders in the panel.
panel-status = Status
panel-total = Total
panel-amount = Amount
panel-reason = Reason
panel-tax = Tax
panel-invoices-title = Invoices
panel-invoices-subtitle = What is to be paid, and everything that is settled.
panel-invoices-empty-title = No invoices yet
panel-invoices-empty-text = Invoices appear here as soon as you order something.
panel-invoices-owed = { $n ->
    [one] { $n } invoice is not settled, { $amount } in all.
   *[other] { $n } invoices are not settled, { $amount } in all.
 }
panel-invoices-all = All
panel-invoices-open = To pay
panel-invoices-overdue = Overdue
panel-invoices-paid = Paid
panel-invoices-void = Void
panel-invoice-number = Number
panel-invoice-draft-number = Draft
panel-invoice-for = For
panel-invoice-issued = Issued
panel-invoice-due = Due
panel-invoice-due-on = Due { $date }
panel-invoice-paid-on = Paid { $date }
panel-invoice-paid-at = Paid on
panel-invoice-pdf = Download PDF
panel-invoice-lines = Lines
panel-invoice-payments = Payments
panel-invoice-no-payments = No payments yet
panel-invoice-credit-notes = Credit notes
panel-invoice-credit-notes-text = Parts of this invoice that we took back.
panel-invoice-facts = Facts
panel-invoice-notes = Notes
panel-invoice-seller = From
panel-invoice-buyer = To
panel-invoice-says-due = { $amount } left to pay, due { $date }.
panel-invoice-says-overdue = { $days ->
    [one] { $days } day overdue. { $amount } left to pay.
   *[other] { $days } days overdue. { $amount } left to pay.
 }
panel-invoice-says-paid = Paid on { $date }. Thank you.
panel-invoice-says-void = This invoice is void. There is nothing to pay.
panel-invoice-says-refunded = The money of this invoice was returned.
panel-invoice-says-partially-refunded = Part of the money of this invoice was returned.
panel-together-title = Pay several invoices
panel-together-text = One payment settles all the invoices below.
panel-together-all = Pay all of them at once
panel-together-go = Pay the selected
panel-together-tick = Select
panel-together-tick-one = Select { $number }
panel-together-invoices = Invoices to be paid
panel-together-open = Open
panel-together-total = To be paid
panel-together-note = If one of the invoices is paid in another way first, its part of the money goes to your wallet. Each invoice still gets a receipt of its own.
panel-together-cut = { $n ->
    [one] The invoice due first is shown; the rest can be paid after it.
   *[other] The { $n } invoices due first are shown; the rest can be paid after them.
}
panel-together-no-ways = This sum cannot be paid in one go right now. Pay the invoices one by one.
panel-together-none = First select invoices that are not paid yet.
panel-together-paid = All the selected invoices are paid.
panel-together-changed = One of these invoices no longer has to be paid. No money moved; look at the list again.
panel-together-refused = This way to pay cannot be used for this sum. No money moved; choose another one.
panel-late-fee-coming = If it is not paid by { $date }, a late fee of { $amount } is charged.
panel-late-fee-of = A fee because invoice { $number } was paid late.
panel-late-fee-of-link = See the late invoice
panel-late-fees = Late fees
panel-payment-method = Payment method
panel-payment-reference = Reference
panel-payment-at = Time
panel-invoice-discount = Discount { $amount }

## Orders
panel-orders-subtitle = What you ordered, and what became of it.
panel-orders-empty-title = No orders yet
panel-order-at = Ordered
panel-order-items = What was ordered
panel-order-cycle = Term
panel-order-setup = Setup fee
panel-order-invoice = Invoice
panel-order-invoice-link = View the invoice
panel-order-cancel = Cancel order
panel-order-cancel-title = Cancel order { $number }?
panel-order-cancel-text = Its invoice becomes void and the reserved place is released. No money is taken.
panel-order-cancelled = Order cancelled. No money was taken.
panel-order-says-pending = Waiting for payment. The service is set up as soon as the payment arrives.
panel-order-says-paid = Payment received. The service is being set up.
panel-order-says-active = Everything you ordered is running.
panel-order-says-cancelled = This order was cancelled. No money was taken.
panel-order-says-refunded = This order could not be fulfilled. Your money is back in your balance.
panel-order-says-failed = This order could not be fulfilled. Your money is safe.
panel-order-says-fraud-review = We are reviewing this order.

## Wallet
panel-wallet-subtitle = Money you keep with us to pay invoices.
panel-wallet-balance = Balance
panel-wallet-held = { $amount } is set aside
panel-wallet-topped-up = Topped up in all
panel-wallet-spent = Spent in all
panel-wallet-history = Transactions
panel-wallet-empty-title = No transactions yet
panel-wallet-empty-text = Money in and out is recorded here, with the balance after each.
panel-wallet-what = Description
panel-wallet-at = Time
panel-wallet-after = Balance after
panel-top-up-text = Added as soon as the payment arrives.
panel-top-up-preset = Amount
panel-top-up-other = Another amount
panel-top-up-limits = Between { $min } and { $max }.
panel-top-up-go = Continue to payment
panel-top-up-no-methods = No payment method is available yet. Please contact us.
panel-top-up-pending = Top-ups waiting for payment
panel-top-up-pending-line = { $amount } by { $method }
panel-top-up-method-minutes = Code valid for { $time }
panel-top-up-amount-missing = Choose or enter an amount.
panel-top-up-method-missing = Choose how to pay.
