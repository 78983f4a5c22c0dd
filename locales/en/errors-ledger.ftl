### Ledger and wallets.
error-insufficient-credit = Your wallet is Rp { $shortfall } short. No money has moved. Top up or choose another way to pay.
error-amount-invalid = The amount is not valid. No money has moved.
error-reason-required = Please write down the reason first.
error-approval-by-same-person = Somebody else on the staff has to approve this. No money has moved.
error-approval-already-decided = This request has been decided already.
error-period-closed = The books of { $month } are closed. Nothing has changed.
error-period-not-over = { $month } is not over yet. A month can be closed an hour after its end.
error-period-out-of-order = { $month } has to be closed first. Nothing has changed.
error-period-not-last = Only the last closed month can be opened again; { $month } is not it. Nothing has changed.
error-opening-balance-exists = This account has an opening balance of that day. Take it back first.
error-opening-balance-taken-back = This opening balance was taken back before. Nothing has changed.
error-credit-in-use = The wallet already uses { $used } of its credit, so the limit cannot be lower than that. The old limit still holds.
