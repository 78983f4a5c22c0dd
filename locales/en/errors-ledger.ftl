### Ledger and wallets.
error-insufficient-credit = Your wallet is Rp { $shortfall } short. No money has moved. Top up or choose another way to pay.
error-amount-invalid = The amount is not valid. No money has moved.
error-reason-required = Please write down the reason first.
error-approval-by-same-person = Somebody else on the staff has to approve this. No money has moved.
error-approval-already-decided = This request has been decided already.
