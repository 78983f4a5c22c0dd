### Invoices and credit notes.
error-invoice-without-lines = An invoice needs at least one line.
error-invoice-not-draft = This invoice is no draft any more, so that it cannot be changed. Use a credit note, or void it.
error-invoice-draft-changed = This draft has been changed since this page was opened, so nothing was done. Below is what it says now; check it and do it again if it is still needed.
error-customer-closed = This customer's account is closed, so nothing was charged. Open the account again first.
error-invoice-not-voidable = Invoice { $number } cannot be voided: its status has changed, or part of it is paid. Use a credit note.
error-invoice-not-bad-debt = Only an overdue invoice can be written off. Invoice { $number } is not, or its status has changed. Nothing has changed.
error-invoice-of-pending-order = Nothing has been delivered for invoice { $number }: its order still waits for the money. Cancel the order instead.
error-credit-exceeds-invoice = That is more than is left of the invoice. At most Rp { $available } can be credited. Nothing has changed.
