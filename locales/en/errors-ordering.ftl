error-shop-closed = The shop is not open yet. Orders are not taken and nothing was charged.
error-cart-changed = The cart or its price has changed since this page was opened. Nothing was ordered and nothing was charged.
error-quote-expired = This quote is no longer valid. Nothing was changed or charged; ask for a new one.
error-invalid-upgrade = This plan is not higher than the present one, so the subscription cannot be upgraded to it. Nothing was changed or charged.
error-account-not-served = This account is not served at present, so no order can be placed. Contact us if this is a mistake.
error-duplicate-subscription = You have already ordered this service and its invoice is not paid yet. Pay or cancel that order first.
error-coupon-invalid = The promo code cannot be used for this order. Nothing was ordered and nothing was charged.
