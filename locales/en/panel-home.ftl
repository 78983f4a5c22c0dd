### Home of customers.
panel-hello = Hello, { $name }
panel-home-summary-new = Your account is ready. Let us set up your first service.
panel-home-summary-well = All your services are running.
panel-home-summary-working = A service is being set up.
panel-home-summary-trouble = A service needs attention.
panel-home-summary-some = Some of your services are running.
panel-home-summary-idle = No service is running right now.
panel-home-empty-title = Set up your first service
panel-home-empty-text = Pick an app, pay, and it usually runs within 2 minutes.
panel-home-owed = To pay
panel-home-owed-none = No open invoices
panel-home-owed-count = { $n ->
    [one] { $n } open invoice
   *[other] { $n } open invoices
 }
panel-home-owed-overdue = { $n } overdue
panel-home-balance-note = Can be used for your next invoices
panel-home-services-count = { $running } of { $total }
panel-home-services-well = All running
panel-home-services-running = Running now
panel-home-activity = Recent activity
panel-home-overdue-title = { $days ->
    [one] Invoice { $number } is { $days } day overdue
   *[other] Invoice { $number } is { $days } days overdue
 }
panel-home-overdue-text = { $amount } is left to pay. Once it is paid, everything goes on without a break.
panel-home-verify-title = Your email is not verified yet
panel-home-verify-text = Open the link we sent to { $email } before you order.
panel-event-invoice-issued = Invoice { $number } issued
panel-event-payment-succeeded = Payment received, { $method }
panel-event-payment-pending = Waiting for payment, { $method }
panel-event-payment-closed = Payment not completed, { $method }
panel-event-work = { $work }: { $service }
panel-upcoming-due = Pay { $number }
panel-upcoming-trial-end = The trial of { $service } ends
panel-upcoming-renewal = { $service } renews
panel-upcoming-end = { $service } ends
panel-upcoming-refund = The wait of { $service } for room ends
