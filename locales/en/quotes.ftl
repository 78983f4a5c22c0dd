### Price quotes: from staff to a customer, until they become an order.

nav-quotes = Quotes
quote-status-draft = Draft
quote-status-sent = Awaiting an answer
quote-status-accepted = Accepted
quote-status-declined = Declined
quote-status-expired = Expired
quote-status-withdrawn = Withdrawn

## Documents
document-quote = Quote
document-quote-until = Valid until
document-stamp-quote = QUOTE, NOT AN INVOICE
document-quote-instead = Usual price { $amount }
document-quote-foot = Nothing has been charged yet. An invoice over the same amount is issued once this quote is accepted.
document-scan-to-answer = Scan to see and answer this quote
document-by-quote = As quoted in { $number }
quote-line-setup = Setup fee: { $line }

## Pages of customers
quote-title = Quote { $number }
quote-lines = What is offered
quote-terms = Terms of the quote
quote-from = From
quote-for = For
quote-pdf = Download PDF
quote-answer = Accept or decline
quote-answer-note = Sign in to your account to answer. Nothing is charged before that.
panel-quotes-subtitle = Prices we offer you in particular
panel-quotes-empty-title = No quotes yet
panel-quotes-empty-text = Need a price for something special? Contact us; the quote will appear here.
panel-quote-says-draft = This quote has not been sent yet.
panel-quote-says-sent = Accept it by its last day and we make an order and an invoice over this amount.
panel-quote-says-accepted = You accepted this quote. Its order and invoice have been made.
panel-quote-says-declined = This quote was declined. Nothing was ordered.
panel-quote-says-expired = This quote is no longer valid. Contact us if you are still interested.
panel-quote-says-withdrawn = We withdrew this quote. Nothing was ordered.
panel-quote-accept = Accept and order
panel-quote-accept-note = Once accepted, an order and an invoice over the amount above are made. Your services are set up as soon as the invoice is paid.
panel-quote-decline = Decline quote
panel-quote-decline-title = Decline quote { $number }?
panel-quote-decline-text = A declined quote cannot be accepted any more. Your reason helps us to make a better one.
panel-quote-decline-reason = Reason
panel-quote-declined = Quote declined. Thank you for your answer.
panel-quote-order = See the order
panel-quote-full = One of the plans is full right now. This quote stays open and nothing has been charged; try again later or contact us.
panel-order-quote = Quote

## WHM
whm-quote = Quote
whm-empty-quotes = Make a quote for a customer: plans at an agreed price, and other work. What is accepted becomes an order by itself.
whm-quote-unnumbered = Draft quote
whm-quote-new = Make a quote
whm-quote-new-text = Begin with the customer and the words; plans and other lines are added after that.
whm-quote-begin = Make draft
whm-quote-customer-help = The customer's ID (cus_…) or e-mail address
whm-quote-until-help = The last day on which it can be accepted. Empty: as many days as the settings say.
whm-quote-intro = Introduction
whm-quote-intro-help = The customer reads it above the lines.
whm-quote-terms-help = The customer reads them below the lines.
whm-quote-add-plan = Add plan
whm-quote-add-plan-text = A plan of the catalog, hidden ones too. The customer answers the service's questions when accepting.
whm-quote-add-words = Add free line
whm-quote-add-words-text = Work or goods that are charged once, without a subscription.
whm-quote-plan-option = { $service } { $plan }, { $cycle }: { $amount }
whm-quote-quantity-help = Each one becomes a subscription of its own.
whm-quote-price = Agreed price
whm-quote-price-help = Before tax, per cycle, for renewals too. Empty: the shop's price.
whm-quote-setup-help = Before tax, once. Empty: the shop's fee.
whm-quote-price-reason = Reason for another price
whm-quote-price-reason-help = Needed where the price or the fee is not the shop's. The customer does not read it.
whm-quote-net-help = Before tax
whm-quote-instead = Shop price { $amount }: { $reason }
whm-quote-edit = Change words and day
whm-quote-remove = Remove
whm-quote-no-lines = Add a plan or a free line, then send this quote.
whm-quote-day-over = Its last day is over. Change the day before sending it.
whm-quote-send = Send quote
whm-quote-send-text = The quote gets a number and goes to the customer by mail. After that it cannot be changed any more. It is valid until { $until }.
whm-quote-withdraw = Withdraw quote
whm-quote-withdraw-text = The customer cannot accept it any more. To change it, copy it and send the new one.
whm-quote-discard-text = This draft is kept as withdrawn and cannot be sent any more.
whm-quote-copy = Copy
whm-quote-copy-text = Makes a new draft with the same lines and prices. This quote does not change.
whm-quote-page = Customer's page
whm-quote-order = Order
whm-quote-made-by = Made by
whm-quote-copied = Copied from
whm-quote-sent-at = Sent
whm-quote-reminded-at = Reminded
whm-quote-decided-at = Over since
whm-quote-created = Draft made. Add what it offers, then send it.
whm-quote-line-added = Line added.
whm-quote-line-removed = Line removed.
whm-quote-sent = Quote sent.
whm-quote-withdrawn = Quote withdrawn.
whm-quote-copied-now = Copied as a draft.
settings-numbering-quote = Quotes
settings-numbering-quote-first = First quote number this year
settings-sales-quote-days = A quote is valid for
permission-ordering-quote-read = See quotes
permission-ordering-quote-manage = Make quotes, agree on other prices, send and withdraw them

## What is wrong
field-quote-past = Choose today or a later day.
field-quote-far = At most { $days } days from now.
field-only-one = A customer may have only one of this service.
