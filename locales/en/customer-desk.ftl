### The customer desk: closing accounts, paying wallets out.
## Closing an account
whm-account-close = Close account
whm-account-close-text = { $n ->
        [one] One person loses access to this account at once
       *[other] { $n } people lose access to this account at once
    }, nothing can be ordered for it any more, and its balance of { $amount } is set aside to be transferred to the bank account below. Invoices, receipts and the ledger stay. The account can be opened again.
whm-account-close-empty-text = { $n ->
        [one] One person loses access to this account at once
       *[other] { $n } people lose access to this account at once
    }, and nothing can be ordered for it any more. Its wallet is empty, so no money moves. Invoices, receipts and the ledger stay. The account can be opened again.
whm-account-close-obstacles = This account cannot be closed yet. End or settle what stands below first; nothing has changed.
whm-account-closed = The account is closed. What was in its wallet is set aside for the payout.
whm-account-is-closed = This account is closed: nobody can act in it. Its documents stay.
whm-account-is-closed-with-money = This account is closed, and its wallet holds { $amount }. Pay it out, or open the account again.
whm-account-reopen = Open again
whm-account-reopen-text = The people of this account can act in it again. A payout that is under way goes on; call it off first if the money should stay.
whm-account-reopened = The account is open again.
whm-bank-name = Bank
whm-account-holder = Account holder
whm-account-holder-help = As the bank writes it. Money should go to whoever has this customer account.
whm-account-number = Account number
whm-obstacles = In the way
whm-obstacle-which = Which
whm-obstacle-what = What it is
obstacle-contract = Contract that still stands
obstacle-invoice = Open invoice
obstacle-payment = Payment under way
obstacle-refund = Refund under way
obstacle-dispute = Open dispute
obstacle-approval = Waits for approval
obstacle-overdrawn = Wallet below zero

## Payouts of wallets
nav-payouts = Wallet payouts
whm-payouts-text = Balances and refunds that go to customers' bank accounts. Transfer them at your bank, then say so here.
whm-payout = Payout under way
whm-payout-ask = Pay the balance out
whm-payout-ask-text = { $amount } is set aside at once and cannot be spent. It leaves the books when a colleague or you say that the bank has transferred it.
whm-payout-asked = The money is set aside for the payout.
whm-payout-asked-by = Asked for by
whm-payout-asked-at = Asked for on
whm-payout-paid-by = Transferred by
whm-payout-paid-at = Transferred on
whm-payout-note = Why it ended
whm-payout-closed-at = Ended on
whm-payout-open-text = Transfer this amount at your bank, then enter the bank's reference here. Until then the money is set aside in the wallet.
whm-payout-waiting-text = This payout is above the limit: somebody else on the staff has to approve it under Approvals before it is transferred.
whm-payout-returned-text = The bank sent this money back. It is in the wallet again and can be paid out to another account.
whm-payout-confirm = Mark as transferred
whm-payout-confirm-text = { $amount } leaves the wallet for the bank account of the books, and the customer gets a mail. Only if your bank has made the transfer.
whm-payout-confirmed = Booked. The customer is told.
whm-payout-cancel = Call off
whm-payout-cancel-text = Nothing is transferred, and { $amount } can be spent from the wallet again. Only if your bank has not made the transfer.
whm-payout-cancelled = The payout is called off. The money is in the wallet.
whm-payout-return = Came back
whm-payout-again = Send again
whm-payout-refund = Refund of a payment
whm-payout-return-text = The bank sent { $amount } back, for example because the account does not exist. The money is put into the wallet again.
whm-payout-returned = Booked. The money is in the wallet again.
whm-empty-payouts = Nothing is to be transferred. Balances of accounts that are closed and refunds to bank accounts appear here.
wallet-payout-status-waiting = Awaiting approval
wallet-payout-status-open = To be transferred
wallet-payout-status-paid = Transferred
wallet-payout-status-returned = Came back
wallet-payout-status-refused = Not approved
wallet-payout-status-cancelled = Called off
approval-kind-wallet-adjustment = Balance adjustment
approval-kind-wallet-payout = Payout of a wallet
wallet-transaction-type-payout = Payout
wallet-words-payout = Paid out to { $bank } { $number }
wallet-words-payout-returned = Payout to { $bank } { $number } came back
statement-wallet-paid-out = Balance paid out
statement-wallet-payout-returned = Payout came back
books-a-payout-of-a-wallet-is-set-aside-or-posted = A payout of a wallet is set aside or posted
books-a-refund-to-a-bank-account-is-paid-out-whole = A refund to a bank account is paid out whole
field-invalid-account-number = An account number has 5 to 34 letters and digits.
field-name-bank-name = Bank
field-name-account-holder = Account holder
field-name-account-number = Account number

## Audit trail
audit-customers-customer-close = Closed an account
audit-customers-customer-reopen = Opened an account again
audit-ledger-payout-request = Asked for a payout of a wallet
audit-ledger-payout-approve = Approved a payout
audit-ledger-payout-refuse = Refused a payout
audit-ledger-payout-confirm = Confirmed the transfer of a payout
audit-ledger-payout-cancel = Called a payout off
audit-ledger-payout-return = Noted that a payout came back
audit-customers-customer-merge = Merged into another account
audit-customers-customer-receive = Received what another account had

## Two accounts of one customer
whm-merge = Merge into another account
whm-merge-text = Two accounts turned out to be one customer. Everything of this one goes to the other, and this one is closed. First you see what would move; nothing changes yet.
whm-merge-into = Into this account
whm-merge-into-help = Its ID (cus_…) or its email address. This is the account that stays.
whm-merge-look = See what would move
whm-merge-from = This account
whm-merge-wallet = Balance that moves
whm-merge-open = Open of the invoices that move
whm-merge-moves = What moves
whm-merge-what = What
whm-merge-count = How many
whm-merge-grant = May afterwards
whm-merge-documents = Invoices and receipts keep the name and tax number they were issued with; they belong to the other account afterwards. Services go on running without a break.
whm-merge-obstacles = These two accounts cannot be merged yet. Deal with what stands below first; nothing has changed.
whm-merge-ask = Everything of { $from } goes to { $into } at once: services, invoices, payments, balance, people and notes. { $from } is closed and its people act in { $into }. This cannot be undone.
whm-merge-done = The accounts are one now. Old links lead here.
whm-merged-account = Merged account
merge-moves-subscriptions = Contracts
merge-moves-instances = Services that run
merge-moves-invoices = Invoices
merge-moves-credit-notes = Credit notes
merge-moves-payments = Payments
merge-moves-refunds = Refunds
merge-moves-orders = Orders
merge-moves-quotes = Quotes
merge-moves-messages = Mails
merge-moves-customer-notes = Notes
obstacle-closed = The other account is closed
obstacle-currency = The currencies differ
obstacle-tax-country = Taxed in different countries
obstacle-tax-exempt = One is taxed, the other is not
obstacle-tax-number = The tax numbers differ; enter this one in the other account first
obstacle-tax-duties = The tax duties differ: PPN collector or PPh withholding; make them the same first
obstacle-product = Both have this product, of which a customer has one
obstacle-payout = Payout under way
obstacle-plan-change = Change of plan under way
obstacle-pause = Paused automation of this account
obstacle-import = Take-over from another system is running
wallet-transaction-type-transfer = Between accounts
wallet-words-moved-out = Moved to the account { $name }
wallet-words-moved-in = Moved from the account { $name }
statement-receivable-moved = Open invoice of a merged account
statement-wallet-moved-out = Balance moved to another account
statement-wallet-moved-in = Balance of a merged account
posting-receivable-moved = Open invoice of a merged account
posting-wallet-moved-out = Balance moved to another account
posting-wallet-moved-in = Balance of a merged account
posting-wallet-paid-out = Balance paid out
posting-wallet-payout-returned = Payout came back
books-a-document-that-moved-belongs-to-whom-its-customer-was-merged-into = A document that moved belongs to whom its customer was merged into
books-who-was-merged-owes-and-owns-nothing = Who was merged owes and owns nothing
field-same-customer = This is the same account. Choose the other one.
field-unknown-customer = There is no such account, or several have this address. Use its ID.
field-name-into = The other account

## More time to pay
whm-suspends-on = Suspended on, unless paid
whm-grace = Give more time
whm-grace-text = Without payment this contract is suspended on { $day }. Give it more days; reminders, debits from the wallet and late fees go on. To leave the customer alone altogether, pause instead.
whm-grace-days = Days more
whm-grace-extended = The suspension is put off.
audit-subscriptions-subscription-extend-grace = Gave more time to pay
history-field-suspends-on = Suspended on
history-field-days = Days
field-name-days = Days
