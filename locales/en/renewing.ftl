### How a customer's renewals are asked for, credit limits, and what holds automation back.
whm-auto-debit = Wallet pays renewals by itself
whm-separate-invoices = One invoice per service
whm-renewing-set = Set how renewals are billed
whm-renewing-text = Holds for the next renewals. Invoices already issued stay as they are. If the wallet does not pay by itself, the customer pays each renewal himself.
whm-renewing-saved = How renewals are billed is saved.
whm-credit-limit = Credit limit
whm-credit-limit-set = Set credit limit
whm-credit-limit-text = The wallet may go this far below zero. 0: not at all. Raising it by much waits for a colleague's approval.
whm-credit-limit-saved = The credit limit is saved.
whm-credit-limit-waiting = The credit limit waits for the approval of a colleague. Until then the old one holds.
approval-kind-credit-limit = Credit limit
audit-customers-renewing-set = Set how renewals are billed
audit-ledger-credit-limit-set = Set the credit limit
audit-ledger-credit-limit-ask = Asked for a credit limit
history-field-auto-debit = Wallet pays renewals
history-field-separate-invoices = One invoice per service
history-field-credit-limit-minor = Credit limit

## The wallet page
panel-wallet-credit-limit = Your balance may go down to { $amount } below zero.
panel-auto-debit = Renewals from your balance
panel-auto-debit-text = When a renewal is due and your balance covers the whole invoice, it is paid from there. Nothing else is taken by itself.
panel-auto-debit-switch = Pay renewals from my balance
panel-auto-debit-on = Renewals are paid from your balance when they are due.
panel-auto-debit-off = Renewals are no longer paid from your balance. Please pay each one yourself before its due date.
panel-auto-debit-is-on = Renewals are paid from the balance.
panel-auto-debit-is-off = Renewals are not paid from the balance.

## Beginning anew
audit-subscriptions-subscription-restart = Began a period anew on the day of payment
history-field-anchor-day = Day of month of renewals

## Pauses of clusters and of mails
whm-pause-holds = Holds back
whm-pause-cluster = Cluster { $name }
pause-holds-everything = Everything that happens by itself
pause-holds-mails = Reminders and warnings alone
whm-paused-mails = Reminders and warnings are paused for all subscriptions. Nobody is suspended who was not reminded before.
whm-paused-mails-this = Reminders and warnings of this subscription are paused. It is not suspended unless it was reminded before, and not removed without its warnings.
history-field-holds = Holds back
