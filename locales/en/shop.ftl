### Home, catalog, pages of services.
home-title = Your app runs in two minutes
home-text = Choose an app, pay with QRIS or a virtual account, and use it. Server, address, certificate and monitoring are our job.
home-action = See services and prices
home-how = How it works
home-services = Services
home-progress-paid = Payment received
home-progress-paid-note = Recognised by itself
home-progress-place = Place prepared
home-progress-place-note = Your own, kept apart
home-progress-start = App starting
home-progress-start-note = Usually under 2 minutes
home-progress-ready = Address and password ready
home-step-1 = Choose a service and a plan
home-step-1-text = Compare what plans hold. Price, VAT and the amount to pay are written from the start.
home-step-2 = Pay the way you always do
home-step-2-text = QRIS from any wallet app, or a virtual account of your bank. Payments are recognised by themselves.
home-step-3 = Use it at once
home-step-3-text = Address and password appear in the panel. Restart it, stop it or read its logs whenever you like.
home-trust = What you can rely on
home-trust-price = The price you see is the price you pay
home-trust-price-tax = VAT is always shown on its own and is part of the final amount. Nothing is added later.
home-trust-price-text = Nothing is added later, and renewals keep the price you bought at.
home-trust-money = Your money is safe
home-trust-money-text = If a service cannot be set up, your money returns to your balance. Every rupiah is recorded and can be traced.
home-trust-apart = Your service stands apart
home-trust-apart-text = Every customer has a space, storage and network of their own, with clear limits.
home-trust-people = Helped by people, in your hours
home-trust-people-text = Our team answers in Indonesian and English on working days, 08:00–17:00 WIB (UTC+7).

shop-subtitle = Every price is the final amount you pay.
shop-search = Search services
shop-categories = Categories
shop-all = All
shop-from = from
shop-tax = VAT
shop-tax-included = VAT included
price-with-tax = { $amount } VAT included
price-with-options = with { $options }
price-before-tax = { $amount } before VAT
shop-none-title = No services here yet
shop-none-text = Services on sale will appear on this page.
shop-not-found-title = No service for “{ $text }”
shop-not-found-text = Try another word, or see all services.
shop-plans = Plans
shop-trial = { $n ->
    [one] The first day is free
   *[other] The first { $n } days are free
} for new customers of this service. After that it is for you to decide; nothing is charged by itself.
shop-trial-line = { $n ->
    [one] The first day is free
   *[other] The first { $n } days are free
}, then the price shown.
shop-cycles = Payment period
shop-cycle-saving = { $cycle }, save { $percent }%
shop-no-plans = Plans are not open yet
shop-no-plans-text = This service cannot be ordered yet. There is nothing you need to do.
shop-available = Available
shop-few = { $n ->
    [one] { $n } place left
   *[other] { $n } places left
}
shop-full = Full
shop-full-text = This plan is full right now. We will tell you when there is room; you have not paid anything.
shop-wait = Tell me
shop-wait-joined = You are on the waiting list. We will write as soon as there is room.
shop-wait-sign-in = Sign in first, so that we know where to write.
shop-choose = Choose
shop-setup = Plus a one-time setup fee of { $amount }.
shop-not-for-cycle = Not sold for this payment period.
shop-cpu = { $amount } vCPU
shop-memory = { $amount } memory
shop-storage = { $amount } storage
shop-compare = Compare plans
shop-feature = What is included
shop-feature-none = Not included
shop-about = About { $name }
footer-label = Links at the foot of the page
shop-options = Options
shop-options-text = They can be added to every plan when you order.
shop-option-free = at no extra cost
shop-option-price = + { $amount } { $cycle }
shop-option-unit = + { $amount } { $cycle } for each { $unit }
