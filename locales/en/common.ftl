### Names, navigation and dates.

## The product and its doors
brand-name = Yumna
door-panel = Panel
door-whm = WHM

## Navigation of customers
nav-home = Home
nav-services = Services
nav-billing = Billing
nav-wallet = Balance
nav-orders = Orders
nav-catalog = Add a service
nav-profile = Profile
nav-help = Help
nav-more = More

## Navigation of staff
nav-group-customers = Customers
nav-group-sales = Sales
nav-group-money = Money
nav-group-services = Services
nav-group-infrastructure = Infrastructure
nav-group-support = Support
nav-group-reports = Reports
nav-group-system = System
nav-dashboard = Overview
nav-customers = Customers
nav-plans = Plans and quota
nav-invoices = Invoices
nav-billing-day = Billing day
nav-books = Books
nav-payments = Payments
nav-subscriptions = Subscriptions
nav-instances = Instances
nav-tasks = Provisioning
nav-clusters = Clusters
nav-servers = Servers
nav-jobs = Background jobs
nav-audit = Audit trail
nav-settings = Settings
nav-setup = First-run checklist
nav-public-catalog = Services
nav-public-panel = Open panel

## Dates
month-short-1 = Jan
month-short-2 = Feb
month-short-3 = Mar
month-short-4 = Apr
month-short-5 = May
month-short-6 = Jun
month-short-7 = Jul
month-short-8 = Aug
month-short-9 = Sep
month-short-10 = Oct
month-short-11 = Nov
month-short-12 = Dec
just-now = just now
in-a-moment = in a moment
ago-minutes =
    { $n ->
        [one] 1 minute ago
       *[other] { $n } minutes ago
    }
ago-hours =
    { $n ->
        [one] 1 hour ago
       *[other] { $n } hours ago
    }
ago-days =
    { $n ->
        [one] 1 day ago
       *[other] { $n } days ago
    }
ago-months =
    { $n ->
        [one] 1 month ago
       *[other] { $n } months ago
    }
ago-years =
    { $n ->
        [one] 1 year ago
       *[other] { $n } years ago
    }
in-minutes =
    { $n ->
        [one] in 1 minute
       *[other] in { $n } minutes
    }
in-hours =
    { $n ->
        [one] in 1 hour
       *[other] in { $n } hours
    }
in-days =
    { $n ->
        [one] in 1 day
       *[other] in { $n } days
    }
in-months =
    { $n ->
        [one] in 1 month
       *[other] in { $n } months
    }
in-years =
    { $n ->
        [one] in 1 year
       *[other] in { $n } years
    }
short-seconds = { $n } s
short-minutes = { $n } min
short-hours = { $n } h
short-days = { $n } d
zone-wib = Western Indonesian Time (UTC+7)
