### Invoices and credit notes.
error-invoice-without-lines = An invoice needs at least one line.
error-invoice-not-voidable = Invoice { $number } cannot be voided: its status has changed, or part of it is paid. Use a credit note.
error-credit-exceeds-invoice = That is more than is left of the invoice. At most Rp { $available } can be credited. Nothing has changed.
