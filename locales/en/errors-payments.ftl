### Payments and refunds.
error-invoice-not-payable = Nothing is left to pay on this invoice.
error-payment-method-unavailable = This way to pay is not available right now. Choose another one; nothing has been charged.
error-amount-out-of-range = The amount must lie between Rp { $min } and Rp { $max }.
error-gateway-refused = The payment provider refused this request. No money has moved; try another way to pay.
error-gateway-unavailable = The payment provider cannot be reached right now. No money has moved; try again in a moment.
error-gateway-outcome-unknown = The payment provider has not confirmed the outcome yet. Do not pay twice; we keep asking.
error-payment-wrong-state = This is not possible because the payment has changed meanwhile. Reload the page.
error-refund-exceeds-payment = That is more than is left of the payment. At most Rp { $available } can be given back. No money has moved.
error-refund-not-supported = Money of this payment cannot go back that way. Choose the wallet or a bank transfer.
error-webhook-forged = This notification does not come from the payment provider.
error-webhook-unreadable = This notification cannot be read.
error-gateway-not-configured = This payment provider is not set up.
error-payment-account-read-only = The keys of this account come from the server's configuration and cannot be changed here.
