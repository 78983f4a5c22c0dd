### How a customer's renewals are asked for, credit limits, and what holds automation back.
whm-auto-debit = Wallet pays renewals by itself
whm-separate-invoices = One invoice per service
whm-renewing-set = Set how renewals are billed
whm-renewing-text = Holds for the next renewals. Invoices already issued stay as they are. If the wallet does not pay by itself, the customer pays each renewal himself.
whm-renewing-saved = How renewals are billed is saved.
whm-credit-limit = Credit limit
whm-credit-limit-set = Set credit limit
whm-credit-limit-text = The wallet may go this far below zero. 0: not at all. Raising it by much waits for a colleague's approval.
whm-sent-before = This form was sent before; it counts once.
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

## What did not happen, and why
whm-skipped = What did not happen, and why
whm-skipped-first = Since
whm-skipped-last = Last
billing-step-everything = Everything
billing-step-mails = Reminders and warnings
billing-step-activate = Start of the service
skipped-reason-paused = Paused by staff
skipped-reason-breaker = Held back by the circuit breaker
skipped-reason-not-told = No notice of the invoice has reached the customer yet
skipped-reason-not-warned = A removal warning has not gone out long enough ago
skipped-reason-wallet-short = The balance does not cover the invoice
skipped-reason-wallet-off = The customer does not want the wallet to pay by itself
skipped-reason-quota-full = The plan has no slot free
skipped-reason-not-priced = The invoice could not be reckoned
skipped-reason-overtaken = A later one was due meanwhile and went out instead
panel-skipped = What did not happen, and why
panel-skipped-paused-everything = We paused everything that happens by itself.
panel-skipped-paused-mails = We paused reminders.
panel-skipped-breaker = We held suspensions back while we checked something on our side.
panel-skipped-not-told = The service keeps running: our notice of the invoice has not reached you yet.
panel-skipped-not-warned = Your data were kept: our warning went out too late to remove them.
panel-skipped-wallet-short = The balance did not cover the renewal, so nothing was taken from it.
panel-skipped-wallet-off = Renewals are not paid from your balance, as you chose.
panel-skipped-quota-full = The plan was full. The service comes as soon as there is room.
panel-skipped-not-priced = The renewal invoice could not be made. We are looking into it.

## The last backup
whm-final-backup = Last backup
whm-final-backup-none = None: the driver makes no backups
backup-status-making = Being made
backup-status-made = Made, not read back yet
backup-status-verified = Made and read back
backup-status-nothing = There was nothing to keep
backup-status-waived = Removed without one: staff decided so
whm-without-backup = Remove without a backup
whm-without-backup-text = No last backup could be made. What runs is removed with its data, and nothing of it can be brought back. The reason goes to the audit trail.
audit-provisioning-backup-waive = Decided to remove without a last backup
audit-provisioning-backup-note = Noted a last backup
history-field-place = Place
history-field-size-bytes = Size in bytes
panel-next-removal-backup-note = After that the service and its data are deleted. We make a last backup before; contact us if you need it. Pay its invoice and the service comes back.
