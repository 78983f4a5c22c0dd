error-upgrade-required = You already subscribe to this service. Nothing was charged. For more capacity, upgrade the subscription you have.
