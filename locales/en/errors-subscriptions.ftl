error-upgrade-required = You already subscribe to this service. Nothing was charged. For more capacity, upgrade the subscription you have.
error-plan-full = This plan is full, or what is free is for those who paid before. The service comes back by itself as soon as there is room; a larger quota of the plan brings it back sooner. Nothing was changed.
