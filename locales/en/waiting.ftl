### Contracts that wait for room: the list of staff, and what their customers read.
nav-waiting = Waiting list
whm-waiting-text = Who waits for a slot of a full plan. Who has paid comes first, by the time the money came, and is let in by itself as soon as there is room; the others are told.
whm-empty-waiting = Nobody is waiting. Customers who find a plan full can ask to be told, on the page of the service; those who have paid and have no slot yet come first here.
whm-waiting-search = Code of a plan
whm-waiting-kind = Waits
whm-waiting-since = Since
whm-waiting-until = Money goes back
whm-waiting-contract = Subscription
waiting-kind-paid = Paid
waiting-kind-back = Paid again, was suspended
waiting-kind-interested = Wants to buy
waiting-kind-told = Was told
whm-waiting-again = Paid again, waiting for a slot of this plan: while it was suspended its own went to somebody else.
whm-waiting-refund = Give the money back
whm-waiting-refund-text = The whole payment goes to the customer’s balance, the order is cancelled, and the place in the queue goes to the next. This cannot be undone.
whm-waiting-refund-again-text = What was paid for the renewal goes to the customer’s balance, the subscription ends, and its service is removed with its data. This cannot be undone.
whm-waiting-refunded = The money is back in the customer’s balance. The subscription has ended.
whm-releases-quota = Suspension for non-payment frees the slot
whm-releases-quota-help = On: whoever is suspended because he did not pay gives his slot to others. Paying brings the service back if there is room; else it waits in the queue by the time of payment, and the money can be taken back. Off: the slot stays his until the contract ends. Holds from the next suspension on.

hold-reason-capacity = Waits for room
billing-step-resume = Return of the service
audit-subscriptions-slot-give-back = Gave its slot back
audit-subscriptions-slot-take-back = Got a slot again
audit-subscriptions-subscription-give-days = Added the days it waited for room
audit-ordering-waiting-refund = Gave money that waited for room back
history-field-releases-quota-on-suspension = Suspension frees the slot

panel-state-suspended-waiting = Payment received. While the service was suspended its slot went to another customer, and the plan is full right now. It comes back as soon as there is room; your money and your data are safe.
panel-next-waiting-again = The service comes back as soon as there is room.
panel-next-refund-first = If there is no room by { $date }, all of the money returns to your balance by itself. If you would rather not wait, take it back now.
panel-next-refund-back = You are in the queue by the time you paid, and the days you wait are added to your period. If there is no room by { $date }, the money of the renewal returns to your balance, the subscription ends and the service is removed with its data. If you would rather not wait, take the money back now.
panel-refund-back-text = What you paid for the renewal goes to your balance now, the subscription ends, and the service is removed with all its data. Your place in the queue goes to the next customer.
mail-suspended-room = , as long as its plan has room: while it is suspended, your slot may go to another customer
