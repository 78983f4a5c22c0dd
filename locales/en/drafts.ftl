### Draft invoices: written by staff line by line, then issued.

whm-draft = Draft invoice
whm-draft-new = New invoice
whm-draft-new-text = Begin with the customer and the day it is due; lines are added after that. The customer sees nothing yet.
whm-draft-begin = Make draft
whm-draft-due-help = The last day to pay, until midnight in Jakarta (WIB). Empty: as many days as invoices of orders have in the settings.
whm-draft-due-help-kept = The last day to pay, until midnight in Jakarta (WIB). Empty: the day stays as it is.
whm-draft-notes-help = The customer reads them below the lines.
whm-draft-add-line = Add line
whm-draft-add-line-text = Work or goods that are charged once, without a subscription.
whm-draft-edit = Change due day and notes
whm-draft-no-lines = Add at least one line, then issue this invoice.
whm-draft-day-over = The day it is due is over. Change the day before issuing it.
whm-draft-discard = Discard draft
whm-draft-discard-text = This draft is deleted; only the audit trail keeps it. The customer is not told, having never seen it.
whm-draft-issue = Issue invoice
whm-draft-issue-text = The invoice over { $amount } gets a number and goes to the customer by mail, taxed as on this day. After that it cannot be changed any more, only credited or voided.
whm-draft-created = Draft made. Add its lines, then issue it.
whm-draft-issued = Invoice issued and sent to the customer.
whm-draft-discarded = Draft discarded.
permission-billing-invoice-issue = Write invoices and issue them
history-field-due = Due
history-field-notes = Notes
field-name-due = Due
field-name-lines = Lines

## What is wrong
field-due-past = Choose today or a later day.
field-due-far = At most { $days } days from now.
