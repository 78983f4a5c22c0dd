### The customer desk.
error-customer-not-closable = { $n ->
        [one] One thing stands in the way
       *[other] { $n } things stand in the way
    }: contracts, open invoices or money on its way. The account is as it was.
error-customer-not-closed = The account is not closed. Nothing has changed.
error-account-closed = This account is closed. Write to us if you need a document or want it opened again.
error-wallet-empty = There is nothing in this wallet that could be paid out. No money has moved.
error-payout-under-way = Money of this wallet is being paid out already. Settle that payout first; no money has moved.
error-payout-not-open = This payout still waits for approval, or a colleague has settled it meanwhile. No money has moved; reload the page to see where it stands.
error-own-payout = You belong to this account, so a colleague has to deal with its money. No money has moved.
error-customer-owes = A payment of this customer was taken back by his bank, or an invoice of his is open. No money has moved. Cancel the payout; ask for it again when that is settled.
error-wallet-not-payable = { $n ->
        [one] One thing stands
       *[other] { $n } things stand
    } in the way of a payout: an open dispute or invoice, or money on its way. No money has moved; settle it first.
error-customer-merged = This account was merged into another one, and everything of it is there now. Nothing has changed; open the other account.
error-customers-not-mergeable = { $n ->
        [one] One thing keeps these accounts
       *[other] { $n } things keep these accounts
    } from being merged. Nothing has changed; look at what would move to see which.
error-own-account = You belong to one of these accounts, so a colleague has to merge them. Nothing has changed.
