error-quota-exceeded = This plan is sold out right now. Nothing was charged. Join the waiting list and we will tell you as soon as there is room.
error-quota-below-used = The quota cannot be smaller than the { $used } slots in use.
error-template-version-taken = Version { $version } of the template { $slug } is already stored with different content. Raise the template's version.
error-agreement-missing = The licence of { $slug } requires an agreement. Record the agreement first; then this service can be sold.
error-coupon-in-use = This coupon has been used, so that its code and discount stand. Nothing was changed.
error-coupon-ended = This coupon has ended and cannot be changed any more.
error-retired = This is retired for good and cannot be sold again. Copy it instead.
error-option-changed = Somebody else has changed this option since you opened its form, so nothing was saved. Below is how it stands now; make your change again if it is still needed.
