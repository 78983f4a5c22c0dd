## Words of orders on documents
ordering-line = { $service } { $plan } ({ $cycle })
ordering-line-trial = { $service } { $plan }, { $days }-day trial
ordering-line-option = { $line }: { $option }
ordering-line-setup = Setup fee for { $service } { $plan }
ordering-refund-provisioning-failed = The service could not be set up
ordering-refund-no-capacity = No slot was available for this plan
subscriptions-line-renewal = { $service } { $plan }, { $cycle }, { $from } – { $to }
subscriptions-credit-not-renewed = The subscription is not renewed
ordering-credit-not-delivered = The subscription ended before this period was delivered
ordering-line-change-new = { $service } { $plan }, { $from } – { $to }
ordering-line-change-old = Rest of { $service } { $plan }, { $from } – { $to }
