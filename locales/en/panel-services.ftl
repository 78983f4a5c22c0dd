### Services in the panel: list, details, log, history.

## List
panel-services-subtitle = Everything that runs for you, and what happens next.
panel-services-add = Add a service
panel-services-empty-title = No services yet
panel-services-empty-text = Pick an app from the catalog, pay, and it usually runs within 2 minutes.
panel-services-empty-action = Browse the catalog

## The state in a sentence
panel-state-label = State of the service
panel-state-unpaid = Waiting for payment. The service is set up as soon as the payment arrives.
panel-state-waiting = Payment received. This plan is full right now; the service is set up as soon as there is room, and your money is safe.
panel-state-provisioning = Payment received. Your service is being set up, usually in under 2 minutes.
panel-state-running = Running since { $at }.
panel-state-unwell = The service is on but does not answer as it should. We are watching it.
panel-state-stopping = Being stopped. Your data are kept.
panel-state-stopped = Stopped since { $at }. Your data are kept.
panel-state-starting = Being started.
panel-state-restarting = Being restarted, usually in under a minute.
panel-state-suspended-unpaid = Suspended since { $at } because an invoice is unpaid. Your data are kept; pay to switch it on again.
panel-state-suspended = Suspended since { $at }. Your data are kept; contact us to have it reactivated.
panel-state-elsewhere = Active. We run this service outside this panel; contact us to change it.
panel-state-elsewhere-suspended = Suspended. Contact us to go on.
panel-state-suspended-before = Suspended before it could be set up. Contact us to go on.
panel-state-resuming = Being reactivated.
panel-state-changing = The service is being changed, usually in about a minute.
panel-state-syncing = Domains of the service are being opened or taken off; the service keeps running.
panel-state-restoring = Data are being restored.
panel-state-create-failed = Your service could not be set up yet. We are retrying; your money is safe and returns to your balance if it keeps failing.
panel-state-work-failed = The last action has not worked yet. Your data are safe; try again now or wait for us to retry.
panel-state-error = Something is not right yet. Your data and money are safe; open it for details.
panel-state-needs-review = Our engineers are looking into this service. Your data and money are safe; there is nothing you need to do.
panel-state-terminating = Being deleted.
panel-state-terminated = Deleted on { $at }.
panel-state-maintenance = Under maintenance. Your data are safe.
panel-cluster-maintenance = We are working on the machines it runs on: it may stop for a moment. Your data are safe.
panel-state-ended = Ended on { $at }.
panel-state-ended-provisioning-failed = This service could not be set up. Your money is back in your balance.
panel-state-ended-no-capacity = No room became available in time. Your money is back in your balance.
panel-state-ended-order-cancelled = The order was cancelled before it was paid. No money was taken.
panel-reason-other = We are looking into it.
panel-trouble-times = { $n } times, last { $ago }
panel-phase-other = Finishing a step

## Work
panel-work-create = Setting up the service
panel-work-start = Starting the service
panel-work-stop = Stopping the service
panel-work-restart = Restarting the service
panel-work-suspend = Suspending the service
panel-work-unsuspend = Reactivating the service
panel-work-terminate = Deleting the service
panel-work-change-plan = Adjusting resources
panel-work-reset-password = Resetting the password
panel-work-backup = Backing up data
panel-work-restore = Restoring data
panel-work-sync = Checking the state
panel-work-reconfigure = Changing the settings

## Parts of the page
panel-tab-overview = Overview
panel-tab-logs = Logs
panel-tab-settings = Settings
panel-tab-activity = History
panel-address = Address

## Credentials
panel-credentials-title = Sign in to the service
panel-credentials-subtitle = The owner account we made for you. Every time it is shown, we record it.
panel-credentials-reveal = Show credentials
panel-credentials-url = Sign-in address
panel-credentials-username = User name
panel-credentials-password = Password
panel-credentials-open = Open the sign-in page
panel-credentials-note = This is the password made when the service was set up. If you changed it inside the service, the new one applies.

## Plan and what is next
panel-plan-title = Plan and price
panel-plan-name = Plan
panel-plan-resources = Resources
panel-plan-price = Price
panel-plan-period = Paid for
panel-plan-order = Order
panel-plan-order-link = View the order
panel-resources = { $cpu } CPU, { $memory } memory, { $storage } storage
panel-next-title = What happens next
panel-next-renewal-short = Renews { $date }
panel-next-end-short = Ends { $date }
panel-next-renewal = Renews { $date }, { $amount }.
panel-next-covered = Your balance is { $balance }, enough for that renewal.
panel-next-covered-by-credit = Your balance is { $balance }; with your credit limit that is enough for that renewal.
panel-next-by-hand = It is not taken from your balance by itself: its invoice is yours to pay when it comes.
panel-next-lacking = Your balance is { $balance }, { $lacking } short of that renewal.
panel-next-end = Ends { $date }.
panel-next-trial-end = The trial ends on { $date }. After that { $amount } if you want to go on.
panel-next-trial-end-note = The invoice comes before the trial ends and is not taken from the wallet. If it is not paid, the service is suspended.
panel-next-trial-end-short = Trial until { $date }
panel-next-end-note = After that the service and its data are deleted. Save what you want to keep.
panel-next-suspension = Suspended on { $date } unless it is paid.
panel-next-suspension-note = The service runs until then. Pay its renewal invoice or top up your balance.
panel-next-removal = Removed on { $date } unless it is paid.
panel-next-removal-note = After that the service and all its data are deleted for good; no backup is made. Pay its invoice and the service comes back.
panel-next-waiting = We set up the service as soon as there is room.
panel-next-unpaid = The service is set up as soon as the payment arrives.
panel-next-suspended = The service comes back once the reason is settled.
panel-next-over = This contract has ended.
panel-next-nothing = Nothing is scheduled.
panel-auto-renew = Renew automatically
panel-auto-renew-on = The service goes on after this period.
panel-auto-renew-off = The service ends after this period.
panel-auto-renew-switched-on = Automatic renewal is on.
panel-auto-renew-switched-off = Automatic renewal is off. The service runs to the end of the period that is paid.

## Ending
panel-cancel-later = Do not renew
panel-cancel-later-title = Stop renewing { $name }?
panel-cancel-later-text = The service runs until { $date }; then the service and all its data are deleted. Until that day you can change your mind.
panel-cancel-now = End now
panel-cancel-now-title = End { $name } now?
panel-cancel-now-text = The service stops now and all its data are deleted for good. The rest of the paid period is not refunded.
panel-cancel-reason = Reason
panel-cancel-reason-help = Helps us do better.
panel-cancel-done-later = The service will not be renewed.
panel-cancel-done-now = The service has ended and is being deleted.
panel-cancel-not-typed = The name you typed does not match. Nothing was changed.
panel-refund = Get the money back
panel-refund-title = Cancel { $name } and take the money back?
panel-refund-text = The whole payment goes to your balance now, the order is cancelled, and your place in the queue goes to the next customer.
panel-refund-done = The payment is back in your balance. The order is cancelled.

## Acts
panel-stop-title = Stop { $name }?
panel-stop-text = Its address cannot be opened until you start it again. Data are kept and the subscription goes on.
panel-restart-title = Restart { $name }?
panel-restart-text = The service cannot be opened for about a minute. Data are kept.
panel-start-asked = The service is being started.
panel-stop-asked = The service is being stopped.
panel-restart-asked = The service is being restarted.
panel-retry-asked = We are trying again now.

## Logs
panel-logs-search = Search the log
panel-logs-note-tail = The last { $n } lines. New ones appear below by themselves.
panel-logs-note-still = The last { $n } lines. The service is not running, so there are no new ones.
panel-logs-note-found = { $n } lines match, searched in the last { $of }.
panel-logs-empty = This service has not written anything yet
panel-logs-no-match = No line matches
panel-logs-none-yet = The log is available once the set-up has begun.
panel-logs-unavailable = The log cannot be read right now. Your service is not affected; try again in a moment.

## History
panel-activity-title = Work on this service
panel-activity-subtitle = What was done, when, and who asked for it.
panel-activity-empty = Every piece of work on this service is recorded here.
panel-activity-steps = { $n } steps
panel-by-system = Automatic
panel-by-staff = Our team
panel-by-member = A member of the account
## Work that is done
panel-done-create = Service ready
panel-done-start = Service started
panel-done-stop = Service stopped
panel-done-restart = Service restarted
panel-done-suspend = Service suspended
panel-done-unsuspend = Service active again
panel-done-terminate = Service deleted
panel-done-change-plan = Resources adjusted
panel-done-reset-password = Password reset
panel-done-backup = Data backed up
panel-done-restore = Data restored
panel-done-sync = State brought in line
panel-done-reconfigure = Settings changed
panel-state-provisioning-late = Setting up this service takes longer than usual. We keep trying by ourselves; your money is safe and returns to your balance if it keeps failing.

## Change of plan
panel-change = Change plan
panel-change-choose = Choose a higher plan
panel-change-choose-text = The price is worked out to the second for the rest of your period, and shown before you agree.
panel-change-none-title = There is no higher plan
panel-change-none-text = This service has the highest plan already, or its plan cannot be changed right now.
panel-change-see = See what it costs
panel-change-present = Present plan
panel-change-title = Change to { $plan }
panel-change-costs = What it costs
panel-change-costs-text = The rest of the old plan is taken off; what you see here is what you pay.
panel-change-line = Item
panel-change-total = Total
panel-change-agree = Agree
panel-change-covered-by-credit = Your balance is { $balance }; the rest is covered by your credit limit.
panel-change-covered = Paid from your balance of { $balance }; { $left } remains.
panel-change-lacks = Your balance is { $balance }, { $lacking } short. The whole amount is paid the way you choose, then the plan is changed.
panel-change-later = The next renewal is { $price }.
panel-price-with-tax = { $total } including { $label } { $tax } { $cycle }
panel-change-restart = The service restarts when its plan changes, about a minute.
panel-change-no-methods = Top up your balance first, then agree to this quote.
panel-change-pay = Pay and change plan
panel-change-do = Change plan now
panel-change-valid = Valid until { $time } WIB.
panel-change-expired = This quote is no longer valid. Ask for a new one; nothing was charged.
panel-change-again = Ask for a new quote
panel-change-begun = The plan is being changed. The service restarts for a moment.
panel-change-cancelled = The change of plan is cancelled. Nothing was charged.
panel-change-under-way = Next plan
panel-change-waits = awaiting payment
panel-change-runs = being prepared
panel-change-pay-now = Pay now
panel-change-cancel = Cancel the change
panel-change-highest = This service has the highest plan already.
panel-change-later-title = From the next period on
panel-change-later-text = A smaller plan or another cycle begins after { $date }. Until then nothing changes and nothing is charged.
panel-change-later-legend = Renewed as
panel-change-later-agree = Schedule the change
panel-change-later-unknown = Choose a plan and cycle from this list.
panel-change-disk-stays = A disk cannot be made smaller: your data stays on the present one.
panel-change-scheduled = The change is scheduled. Nothing is charged now.
panel-change-from = from { $date }, { $price }
panel-change-keep = Keep what I have
panel-plan-options = Options

## Settings
panel-settings-title = Settings of the service
panel-settings-subtitle = What the service is told when it starts.
panel-settings-none-title = Nothing to set
panel-settings-none-text = This service has no settings here. Sign in to the service itself to set it up.
panel-settings-not-now = Settings can be changed while the service runs, is stopped or does not start, and no work is under way.
panel-settings-not-yours = You may look at these settings. Owners and technical members of the account change them.
panel-settings-all-fixed = These were chosen with the order and cannot be changed here.
panel-settings-fixed = Cannot be changed here
panel-settings-empty = Empty
panel-settings-review = See what changes
panel-settings-review-title = Change these settings?
panel-settings-differences = What changes
panel-settings-setting = Setting
panel-settings-before = Now
panel-settings-after = After
panel-settings-apply-title = What happens
panel-settings-apply-text = The service restarts and cannot be opened for about a minute. Data are kept. If it does not come up with the new settings, it gets the present ones back by itself.
panel-settings-apply-stopped = The service is stopped and stays so. The new settings count from its next start.
panel-settings-apply-broken = The service is started again with these settings and cannot be opened for about a minute. Data are kept. If it still does not come up, you can change them again.
panel-settings-apply = Change settings
panel-settings-same = These settings are in force already. Nothing was changed.
panel-settings-stale = The settings were changed meanwhile. Nothing was changed; please look again.
panel-settings-asked = The settings are being changed. The service restarts for a moment.
panel-settings-asked-stopped = The settings are being changed. They count from the next start of the service.
panel-settings-failed = The service did not come up with the new settings. Its former settings are in force again. { $reason }
panel-settings-failed-plain = The new settings could not be brought about. The former settings are in force again.
