### Coupons: in the cart, on documents, and behind the counter.
coupon-field = Promo code
coupon-apply = Apply
coupon-remove = Remove
coupon-line = Promo { $code }
coupon-before = Before promo
coupon-lasts-first = Applies to the first payment.
coupon-lasts-some =
    { $n ->
        [one] Applies to the first payment and the next renewal.
       *[other] Applies to the first payment and the next { $n } renewals.
    }
coupon-lasts-always = Applies to the first payment and to every renewal.
coupon-not-counted = The code { $code } is not counted. { $why }
coupon-next-some =
    { $n ->
        [one] Less the promo { $code }, which applies to one more renewal.
       *[other] Less the promo { $code }, which applies to { $n } more renewals.
    }
coupon-next-always = Less the promo { $code }, which applies to every renewal.
coupon-change-kept = The promo { $code } stays: the next renewal is { $amount } less.
coupon-change-over = The promo { $code } is not for the new plan, so that renewals are no longer less.
document-coupon = Promo code: { $code }

## Why a code is refused
field-coupon-unknown = We do not know this code. Check how it is written.
field-coupon-not-yet = This code does not work yet.
field-coupon-expired = This code has expired.
field-coupon-used-up = This code has been used up.
field-coupon-used-by-customer = You have used this code as often as allowed.
field-coupon-not-for-this = This code is not for what is in your cart.
field-coupon-below-minimum = This code works for orders of IDR { $minimum } or more at catalog prices.
field-coupon-new-customers-only = This code is for new customers only.

## Behind the counter
nav-coupons = Coupons
whm-empty-coupons = Coupons take something off orders. Make the first; customers type its code in the cart.
whm-coupon = Coupon
whm-coupon-code = Code
whm-coupon-add = Add coupon
whm-coupon-add-text = Customers type this code in the cart. Once used, its code and discount stand; its limits and dates can still be changed.
whm-coupon-edit = Edit coupon
whm-coupon-edit-used = This coupon has been used, so that its code and discount stand. Its limits and dates can still be changed.
whm-coupon-end = End coupon
whm-coupon-end-text = Nobody can use the code from now on, and it cannot be opened again. Orders that were placed and renewals that were promised keep their discount.
whm-coupon-added = Coupon saved. Its code works as soon as its dates allow.
whm-coupon-ended = Coupon ended.
whm-coupon-search = Search beginning of code
whm-coupon-value = Discount
whm-coupon-kind = Kind of discount
whm-coupon-percent = Percent
whm-coupon-amount = Fixed amount in rupiah
whm-coupon-value-help = A percentage may have two decimals, for example 12.5. An amount is whole rupiah and is shared in proportion to prices.
whm-coupon-off = { $percent }%
whm-coupon-lasts = Discount applies to
whm-coupon-lasts-first = The first payment only
whm-coupon-lasts-some = The first payment and some renewals
whm-coupon-lasts-count =
    { $n ->
        [one] The first payment and one renewal
       *[other] The first payment and { $n } renewals
    }
whm-coupon-lasts-always = Always, every renewal
whm-coupon-renewals = Renewals
whm-coupon-renewals-help = Filled in where the discount applies to some renewals.
whm-coupon-setup = Also off setup fees
whm-coupon-new = For new customers only
whm-coupon-new-help = Customers who have never paid for an order.
whm-coupon-minimum = Minimum order
whm-coupon-minimum-help = Before tax and discount, of the services the coupon is for. 0 means none.
whm-coupon-max = Uses at most
whm-coupon-max-help = Empty means any number.
whm-coupon-max-each = Uses per customer
whm-coupon-from = Works from
whm-coupon-until = Works until
whm-coupon-until-help = The last day, until 24.00 WIB. Empty means no end.
whm-coupon-scope = For
whm-coupon-scope-help = Codes of plans or addresses of services, separated by commas, for example n8n, ghost-pro. Empty means all.
whm-coupon-cycles = Cycles
whm-coupon-cycles-help = For example monthly, annually; separated by commas. Empty means all.
whm-coupon-all = All services
whm-coupon-all-cycles = All cycles
whm-coupon-uses = Uses
whm-coupon-uses-of = { $used } of { $most }
whm-coupon-no-limit = no limit
whm-coupon-given = Discount on paid orders
whm-coupon-redemptions = Uses
whm-coupon-redemptions-of = Uses of { $code }
whm-coupon-all-redemptions = All uses
whm-empty-redemptions = No order has used this coupon yet.
whm-coupon-note = Note
coupon-state-active = Active
coupon-state-later = Not started
coupon-state-used-up = Used up
coupon-state-over = Ended
redemption-status-reserved = Reserved
redemption-status-committed = Used
redemption-status-released = Given back
field-coupon-code = Use letters, digits and hyphens, at most { $max } characters.
field-coupon-taken = Another coupon has it.
field-unknown-names = There is no service, plan or cycle called { $names }.
field-percent = Write a percentage above 0, at most 100, with at most two decimals.
field-below-used = Not less than the { $used } uses there are.
field-ends-before-start = Must be after the first day.
field-name-coupon = Promo code
field-name-value = Discount
field-name-scope = For
field-name-cycles = Cycles
field-name-renewals = Renewals
field-name-minimum = Minimum order
field-name-max-uses = Uses at most
field-name-max-uses-per-customer = Uses per customer
field-name-starts-on = Works from
field-name-ends-on = Works until
field-name-note = Note
audit-catalog-coupon-add = Added a coupon
audit-catalog-coupon-change = Changed a coupon
audit-catalog-coupon-end = Ended a coupon
