### Buttons and the parts of every page.

## Buttons
action-save = Save
action-cancel = Cancel
action-close = Close
action-back = Back
action-continue = Continue
action-confirm = Confirm
action-delete = Delete
action-edit = Edit
action-add = Add
action-copy = Copy
action-copied = Copied
action-open = Open
action-download = Download
action-print = Print
action-retry = Try again
action-refresh = Refresh
action-search = Search
action-filter = Filter
action-clear-filter = Clear filter
action-reveal = Reveal
action-hide = Hide
action-pay = Pay
action-pay-now = Pay now
action-top-up = Top up
action-start = Start
action-stop = Stop
action-restart = Restart
action-buy = Buy
action-details = Details
action-see-all = See all
action-sign-in = Sign in
action-sign-out = Sign out
action-register = Register
action-dismiss = Dismiss

## The frame around every page
skip-to-content = Skip to content
main-navigation = Main navigation
account-menu = Account menu
account-switcher = Switch account
account-current = Current account
search-label = Search
search-placeholder-whm = Search customers, numbers, addresses, IDs
theme-label = Appearance
theme-light = Light
theme-dark = Dark
theme-system = System
language-label = Language
toasts-label = Notifications
demo-banner = Demo mode: money, banks and clusters are simulated.
demo-label = Demo mode
demo-desk = Control desk
needs-action = { $n } need action
breadcrumb = Breadcrumb
footer-made = Yumna runs your services.
offline = Connection lost. This page updates as soon as it is back.

## Forms
field-optional = optional
form-errors-title =
    { $n ->
        [one] Check this field
       *[other] Check these { $n } fields
    }
form-sending = Sending
form-type-to-confirm = Type { $text } to continue
form-not-equal = Not exactly the same yet.
select-placeholder = Choose
password-show = Show password
password-hide = Hide password

## Lists
list-previous = Previous
list-next = Next
list-newest = Newest
list-pages = List pages
list-empty = Nothing here yet
list-no-match = Nothing matches this filter
list-selected = { $n } selected
table-scroll = Table, can be scrolled

## Progress and time
progress-step-of = Step { $current } of { $total }
progress-label = Progress
countdown-left = Time left
countdown-over = Time is up
timeline-label = Timeline
timeline-empty = No events yet
timeline-details = Raw details
qr-alt = QR code to scan
