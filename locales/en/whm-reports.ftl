nav-report-tax = Tax
nav-report-coretax = Coretax export
nav-report-revenue = Revenue
nav-report-ageing = Receivables
nav-report-gateways = Gateways
nav-report-mrr = Recurring revenue
nav-report-wallets = Wallets
nav-report-journal = Journal
permission-reports-report-read = See reports of money and tax, and download them
permission-billing-invoice-write-off = Write off bad debts
permission-ledger-period-close = Close months of the books
permission-ledger-opening-enter = Enter opening balances

report-period = Period
report-from = From
report-to = To
report-show = Show
report-earlier = Earlier
report-later = Later
report-this-month = This month
report-last-month = Last month
report-this-quarter = This quarter
report-this-year = This year
report-twelve-months = Last 12 months
report-today = Today
report-end-of-last-month = End of last month
report-end-of-last-year = End of last year
report-days-unread = These days cannot be read, or span more than five years. The usual period is shown instead.
report-csv = Download CSV
report-words = What the words mean
report-none = Nothing in this period.
report-first-page = First page
report-shown = { $shown } of { $all } are shown; the file has all of them.
report-month = Month
report-date = Date
report-kind = Kind
report-part = Part
report-product = Product
report-no-contract = Without a contract
report-account = Account
report-no-payment = Other bookings
report-customer-id = Customer id
report-times = Times
report-in = In
report-out = Out
report-change = Change
report-other = Other
report-opening = At the beginning
report-closing = At the end
report-closing-means = What we owed customers in their wallets when the period ended; debts of customers are taken off.
report-by-month = By month
report-by-product = By product
report-by-customer = By customer
report-by-method = By account and method
report-net = net, without tax
report-gross = with tax
report-now = at this moment
report-n-documents = { $n ->
    [one] { $n } document
   *[other] { $n } documents
}
report-n-times = { $n ->
    [one] { $n } time
   *[other] { $n } times
}
report-n-contracts = { $n ->
    [one] { $n } contract
   *[other] { $n } contracts
}
report-n-wallets = { $n ->
    [one] { $n } wallet
   *[other] { $n } wallets
}

report-tax-text = What is to be declared, by the day on which tax fell due. Void and unpaid invoices are not in it.
report-tax-sums = Sums
report-tax-documents = Documents
report-list-invoices = Invoices
report-list-returns = Returns
report-documents = Documents
report-of-invoice = Of invoice
report-npwp = NPWP
report-dpp = DPP
report-dpp-means = The net amount: price after discounts, before tax.
report-dpp-other = DPP nilai lain
report-dpp-other-means = The part of the net that the rate of 12% is applied to (11/12), rounded once per line to whole rupiah.
report-ppn = PPN
report-taxed = Taxed invoices
report-returned = Returns
report-returned-means = Credit notes, in the month in which they were issued, but not before the tax of their invoice fell due.
report-declared = To be declared
report-exempt = Without tax
report-exempt-means = Invoices to exempt and foreign buyers, issued since you are a PKP.
report-exempt-returned = Returns without tax
report-exempt-why = Why without tax
report-collected = PPN collected by buyers
report-collected-means = Invoices to offices of the state and other collectors: they pay the PPN themselves, and you do not owe it.
report-collected-returned = Returns, PPN collected by buyers
report-collected-note = collected by the buyer
report-tax-point = Tax point
report-tax-point-means = The day that decides the month: payment in full, or issue where the tax settings say so. Days are those of Jakarta.
report-not-pkp = You are not registered as a PKP, so invoices carry no tax. Change this under Settings, Tax.
report-tax-ties = Agrees with the ledger: { $booked } of tax booked in this period, less { $elsewhere } that falls due at another time or never, plus { $earlier } booked at another time, is { $reported }.
report-tax-differs = Does not agree with the ledger: the report says { $reported }, the ledger holds { $ledger } for these documents. Look at Books.

report-coretax-text = Tax invoices of the period as the XML file that Coretax imports. Who buys is taken from the customer as he is now.
report-coretax-download = Download XML
report-coretax-download-part = Download XML { $number } of { $files }
report-coretax-no-seller = Your own NPWP is missing or has not 15 or 16 digits. Fill it in under Settings, Company; until then there is no file.
report-coretax-settings = Company settings
report-coretax-confirm = Try the first file with a few invoices and have your tax adviser confirm it. Coretax decides what it accepts.
report-coretax-left-out = { $n ->
    [one] { $n } customer is left out of the file because something is missing.
   *[other] { $n } customers are left out of the file because something is missing.
}
report-coretax-tax = PPN in the file
report-coretax-collected = PPN in the file that buyers collect
report-coretax-left-out-tax = PPN left out
report-coretax-without = Persons without NPWP or NIK
report-coretax-incomplete = Left out of the file
report-coretax-incomplete-text = Open the customer, ask for what is missing, then load this page again.
report-coretax-complete = Nobody is left out.
report-coretax-gaps = What is missing
report-gap-npwp = NPWP of the company
report-gap-address = street of the company
report-gap-nitku = NITKU that fits the NPWP
report-gap-country = country known to Coretax
report-coretax-file = In the file
report-coretax-number = Tax number
report-coretax-company = Company
report-coretax-company-means = A customer with a company name needs an NPWP and a street; without them its invoices are left out.
report-coretax-person = Person
report-coretax-person-means = A person with an NPWP or NIK (16 digits) is exported with it; one without is exported as Other ID, with zeros as tax number.
report-nitku = NITKU
report-nitku-means = Where none is stored, it is the NPWP followed by 000000, the head office.
report-coretax-returns = Returns
report-coretax-returns-means = Credit notes issued before tax fell due are taken off the invoice; later ones are not in the file, because the buyer returns in Coretax himself.

report-revenue-text = What was invoiced, and what money came, by month and by product.
report-invoiced = Invoiced
report-voided = Voided
report-credited = Credited
report-issued = Issued
report-issued-means = Net of invoices in the month of issue, less what was voided and credited in that month.
report-received = Received
report-received-means = Money that reached a gateway or the bank, tax included; payments from wallets are not counted again.
report-refunded = Refunded
report-refunded-means = Money given back through a gateway or by bank transfer; what went back to a wallet stays with us.
report-reversed = Taken back
report-reversed-means = Money a gateway took back: reversals and chargebacks.
report-kept = Kept
report-kept-means = Received, less refunded and taken back.
report-written-off = Written off
report-written-off-means = Debts that were given up, without tax that fell due no more, less what came of them all the same.
report-so-far = so far
report-paid-net = Paid, net
report-paid-net-means = Net lines of invoices whose last part came in this period.
report-issued-by-month = Issued by month
report-revenue-ties = Agrees with the ledger: revenue booked by documents is { $ledger }.
report-revenue-differs = Does not agree with the ledger: { $reported } issued, { $ledger } booked. Look at Books.

report-ageing-text = What customers owe, by how long it is overdue, at the end of a day.
report-not-due = Not due
report-days-30 = 1–30 days
report-days-60 = 31–60 days
report-days-90 = 61–90 days
report-older = More than 90 days
report-owed = Owed
report-owed-means = What is left of issued invoices after payments and credit notes.
report-overdue = Overdue
report-overdue-means = The part whose due date has passed; ages count from the due date in days of 24 hours.
report-debtors = Customers who owe
report-ageing-none = Nobody owes anything.
report-ageing-ties = Agrees with the ledger: receivables are { $ledger }.
report-ageing-differs = Does not agree with the ledger: invoices come to { $reported }, receivables to { $ledger }. Look at Books.

report-gateways-text = What came through each gateway and method, what it kept and what went back.
report-refund-count = Refunds
report-fee-known = as far as gateways say it
report-held-there = Held for you
report-held-there-means = What the ledger says a gateway holds for you, or the bank; payouts that are not booked are not taken off.
report-gateways-ties = Agrees with the ledger: every account changed by what is listed.
report-gateways-differs = Does not agree with the ledger: an account changed by something that is not listed. Look at Books.

report-mrr-text = What running contracts come to in a month, what was won and what was lost. Whole months are shown, the present one so far.
report-mrr = Monthly recurring revenue
report-mrr-means = The net price of each contract divided by the months of its cycle, rounded once; a contract counts from its first payment until it ends, suspended or not, and one-time sales do not. What coupons take off renewals is not deducted.
report-mrr-start = Start
report-mrr-new = New
report-mrr-new-means = Contracts paid for the first time in the month.
report-mrr-expansion = Expansion
report-mrr-expansion-means = Running contracts that changed to a dearer plan: the difference.
report-mrr-contraction = Contraction
report-mrr-contraction-means = Running contracts that changed to a cheaper plan: the difference.
report-mrr-churned = Churned
report-mrr-churned-means = Contracts that ended in the month.
report-mrr-end = End of month
report-mrr-net-new = Net change
report-mrr-by-month = Recurring revenue by month
report-contracts = Contracts
report-logo-churn = Customer churn
report-logo-churn-means = Customers with a contract when the month began and none when it ended, of those there were when it began.
report-revenue-churn = Revenue churn
report-revenue-churn-means = Churned and contraction, of the recurring revenue when the month began.
report-customers-start = Customers at start
report-customers-lost = Customers lost
report-customers-end = Customers at end

report-wallets-text = What you owe customers in their wallets, and why it changed.
report-overdrawn = Below zero
report-overdrawn-means = What customers owe because their credit limit let the wallet fall below zero.
report-set-aside = Set aside
report-set-aside-means = Money in wallets that is held for changes under way.
report-wallet-balance = Balance
report-movements = Movements
report-wallets-none = Every wallet is empty.
report-wallets-ties = Agrees with the ledger: { $opening } at the beginning and a change of { $change } make { $closing }.
report-wallets-differs = Does not agree with the ledger: { $opening } at the beginning and a change of { $change } should be { $closing }. Look at Books.

report-journal-text = Every posting with its accounts, debit and credit, oldest first. The download holds the whole span.
report-journal-ties = Debits and credits are equal.
report-journal-differs = Debits and credits differ. Look at Books.
report-journal-none = Nothing was booked in this span.
journal-posted-at = Booked
journal-posting = Posting
journal-document = Document
journal-source = Source
journal-account = Account
journal-account-name = Account name
journal-owner = Whose
journal-currency = Currency
journal-debit = Debit
journal-credit = Credit
journal-postings = Postings
posting-invoice-issued = Invoice issued
posting-invoice-voided = Invoice voided
posting-invoice-written-off = Debt written off
posting-invoice-recovered = Debt recovered
posting-credit-note-issued = Credit note
posting-payment-settled = Payment
posting-payment-reversed = Payment taken back
posting-money-unallocated = Money that fits nothing
posting-refund-paid = Refund
posting-wallet-adjusted = Balance adjustment
posting-opening-balance = Opening balance
posting-opening-reversed = Opening balance taken back
