## Words of orders on documents
ordering-line = { $service } { $plan } ({ $cycle })
ordering-line-setup = Setup fee for { $service } { $plan }
ordering-refund-provisioning-failed = The service could not be set up
ordering-refund-no-capacity = No slot was available for this plan
