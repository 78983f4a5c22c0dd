# What staff are told: alert-<code> in one line, -text what happened, -do what is to be done.

alert-timetable-late = The timetable stands still
alert-timetable-late-text = Due and not begun for more than 15 minutes: { $late }.
alert-timetable-late-do = Check that a worker runs (“yumna worker”, or “yumna serve” without --no-worker) and what its log says.

alert-jobs-overdue = Background work is late
alert-jobs-overdue-text = { $n ->
    [one] One job has been due for more than { $minutes } minutes.
   *[other] { $n } jobs have been due for more than { $minutes } minutes.
    }
alert-jobs-overdue-do = Check that a worker runs and what its log says.

alert-backup-old = The last backup is old
alert-backup-old-text = { $file } on { $node }, which every good backup touches: { $what }
alert-backup-old-do = Look at the backups of this machine and make one now.

alert-disk-low = The disk is nearly full
alert-disk-low-text = { $free } MiB are left for { $folder } on { $node }. A full disk stops orders and payments.
alert-disk-low-do = Make room.

alert-job-dead = Background work was given up: { $job }
alert-job-dead-text = { $id } was tried { $n ->
    [one] once
   *[other] { $n } times
    } and failed, last with: { $error }
alert-job-dead-do = Mend the cause, then retry it under WHM → Background jobs.

alert-reaction-dead = A reaction was given up: { $reaction }
alert-reaction-dead-text = { $id } for { $about } failed, last with: { $error }
alert-reaction-dead-do = Mend the cause, then retry it under WHM → Background jobs.

alert-mail-delayed = Mail is delayed
alert-mail-delayed-text = Mail does not go: { $error }. It is tried for two days.
alert-mail-delayed-do = WHM → Mail shows what waits; “yumna doctor” says what the mail server answers.

alert-mail-refused = Mail was refused
alert-mail-refused-text = The notice { $notice } ({ $id }) could not be delivered: { $error }.
alert-mail-refused-do = Check the customer’s address, then send it again under WHM → Mail.

alert-gateway-silent = { $gateway } does not answer
alert-gateway-silent-text = { $what }
alert-gateway-silent-payment = { $n ->
    [one] One question
   *[other] { $n } questions
    } about { $payment } had no answer: { $error }. It is asked on by itself.
alert-gateway-silent-tonight = { $n ->
    [one] One payment
   *[other] { $n } payments in a row
    } could not be compared with what the gateway says, the last of them { $payment }: { $error }. It is asked about its payments again the next night; the other gateways are compared.
alert-gateway-silent-do = Look at the gateway’s status page.

alert-gateway-refuses-key = { $gateway } refuses our account
alert-gateway-refuses-key-text = Customers cannot pay through { $gateway } ({ $refusal }).
alert-gateway-refuses-key-do = Check the keys of the account and whether it is open.

alert-method-not-enabled = { $gateway } does not let us use { $method }
alert-method-not-enabled-text = Customers chose { $method }, and { $gateway } refused ({ $refusal }).
alert-method-not-enabled-do = Have it enabled there.

alert-gateway-differences = Payments differ from what gateways say
alert-gateway-differences-text = { $n ->
    [one] One payment differs
   *[other] { $n } payments differ
    } from what the gateway says.
alert-gateway-differences-do = Look at each under WHM → Differences.

alert-payment-mismatch = Payment { $payment } needs a look
alert-payment-mismatch-text = { $what }
alert-payment-mismatch-report = The gateway’s report does not fit: { $wrong }. It says “{ $status }”, { $amount }, for the charge { $charge }. Nothing was credited.
alert-payment-mismatch-unclear = What the gateway says cannot be booked: { $why }.
alert-payment-mismatch-do = Look at it in the gateway’s dashboard and on the page of the payment.
alert-payment-mismatch-reference = another reference
alert-payment-mismatch-charge = another charge
alert-payment-mismatch-currency = another currency
alert-payment-mismatch-amount = an amount that cannot be

alert-payment-to-wallet = Payment { $payment } went to the wallet
alert-payment-to-wallet-text = { $what }
alert-payment-to-wallet-invoice = { $amount } came for an invoice that was not open any more and is in the customer’s wallet.
alert-payment-to-wallet-together = { $amount } came for { $invoices } invoices paid together; { $n } of them could not be paid with it (paid, void or not covered meanwhile), and { $rest } is in the customer’s wallet.
alert-payment-to-wallet-do = Give it back if the customer asks for it.

alert-payment-reversed = Payment { $payment } was taken back
alert-payment-reversed-text = { $what }
alert-payment-reversed-nothing = The gateway calls it “{ $status }”. Nothing of it was booked as received.
alert-payment-reversed-gone = The gateway took { $amount } of it back (“{ $status }”).
alert-payment-reversed-invoice = { $amount } of its invoice is open again. { $held }
alert-payment-reversed-invoices = { $amount } of the invoices it paid together is open again. { $held }
alert-payment-reversed-held = What runs for it is held until that is paid.
alert-payment-reversed-goes-on = What runs for it goes on, as the settings say.
alert-payment-reversed-dispute = Bring forward what you have at the gateway in time, and note the outcome under WHM → Disputes.
alert-payment-reversed-lost = The wallet holds too little: { $amount } is booked as unallocated.

alert-money-unallocated = Money came that fits nothing
alert-money-unallocated-text = { $amount } came under the reference { $reference }, which is not ours.
alert-money-unallocated-do = Find whose it is under WHM → Unallocated money.

alert-transfers-to-check = Transfers wait to be checked
alert-transfers-to-check-text = A customer sent a proof for { $payment } ({ $amount }).
alert-transfers-to-check-do = Compare it with the bank statement under WHM → Transfers to check.

alert-webhook-changed = A gateway repeated a notification with another body
alert-webhook-changed-text = Notification { $id } came again with another body; the first one counts.
alert-webhook-changed-do = Compare both with the gateway’s own page.

alert-webhook-odd = A gateway sent a notification that cannot be booked
alert-webhook-odd-text = Notification { $id } is genuine, but odd: { $doubt }. The gateway is asked what is true.

alert-books-wrong = The books are not right
alert-books-wrong-text = { $n ->
    [one] One thing does not fit
   *[other] { $n } things do not fit, the first
    }: “{ $rule }” at { $row }: { $detail }.
alert-books-wrong-do = All of it stands under WHM → Books. Stop refunds and changes by hand until the cause is found.

alert-billing-breaker = Suspensions are held back
alert-billing-breaker-text = { $what }
alert-billing-breaker-many = { $n ->
    [one] One service was
   *[other] { $n } services were
    } suspended for non-payment today; the breaker trips at { $limit }. Nobody else is suspended or removed until you say so, or the day is over.
alert-billing-breaker-silence = Customers started payments, and no gateway has sent a notification for { $n ->
    [one] one hour
   *[other] { $n } hours
    }. Nobody is suspended or removed until one arrives or you say so.
alert-billing-breaker-do = Look into it, then let them go on under WHM → Billing day.

alert-renewal-failed = A renewal could not be invoiced
alert-renewal-failed-text = The renewal of { $contract } could not be priced: { $error }. It is tried again daily.
alert-renewal-failed-do = Correct its price.

alert-revenue-not-earned = Deferred revenue could not be booked
alert-revenue-not-earned-text = What was earned of schedule { $schedule } could not be booked: { $error }. It is tried again daily.

alert-proof-of-undelivered = Invoice { $invoice } was credited, but for a proof of withheld tax
alert-proof-of-undelivered-text = What it asked for was not delivered.
alert-proof-of-undelivered-do = Decide with the customer whether the proof stands: refund its payment to the wallet, or take the proof back and credit the rest.

alert-undelivered-partly-paid = Invoice { $invoice } is partly paid and asks for a contract that ended
alert-undelivered-partly-paid-text = Other contracts share the invoice.
alert-undelivered-partly-paid-do = Decide with the customer and credit the lines by hand.

alert-plan-change-size = A service has another size than its plan
alert-plan-change-size-text = The plan of { $contract } changed with its period, but what runs could not be given its new size: { $why }. It has its old one.
alert-plan-change-size-not-able = its driver cannot resize
alert-plan-change-size-failed = task { $task } failed

alert-provisioning-silent = { $act }: { $instance } { $trouble }
alert-provisioning-silent-text = Step “{ $step }”: { $message }
alert-provisioning-silent-do = Look at the cluster; work goes on by itself.
alert-provisioning-silent-room = waits for room
alert-provisioning-silent-refused = is not let in
alert-provisioning-silent-answer = gets no answer

alert-provisioning-review = { $act }: { $instance } needs you
alert-provisioning-review-text = Task { $task }, step “{ $step }”: { $message }
alert-provisioning-review-do = Retry it or mark it as solved on its page.

alert-instance-down = { $instance } does not answer
alert-instance-down-text = Instance { $id } runs, but nobody has answered at its address for five minutes, or only with errors.
alert-instance-down-do = Its page in WHM has the log, the troubles its cluster tells, and a restart.

alert-instance-drift = { $instance } is paid for but does not run
alert-instance-drift-text = Instance { $id } should run; the cluster says it does not.
alert-instance-drift-do = A restart from WHM puts back whatever is missing but data.

alert-volume-missing = The data of { $instance } are gone from the cluster
alert-volume-missing-text = Instance { $id } runs without its volume. Nothing was put in its place.
alert-volume-missing-do = Restore a backup before anybody restarts it.

alert-no-room = No cluster has room for new services
alert-no-room-text =
    { $instance } waits, paid for.
    { $reasons }
alert-no-room-do = Add a cluster or machines, or change how much of a cluster is sold.

alert-node-down = Machine { $node } of { $cluster } is not well
alert-node-down-text = It has not been ready for more than a minute. { $n ->
    [one] One service is on it.
   *[other] { $n } services are on it.
    } What can run elsewhere moves after a few minutes; data on local disks cannot.
alert-node-down-do = Look at the machine. This is over by itself once it is ready again or was taken out of the cluster.

alert-node-drain = Machine { $node } of { $cluster } is not empty
alert-node-drain-text =
    { $status }; { $left } pods are left.
    { $why }
alert-node-drain-do = Look at what holds them and empty it again, or open it under WHM → Clusters → Nodes.

alert-cluster-unseen = The machines of { $cluster } are not seen
alert-cluster-unseen-text =
    It passes its test, but for more than 15 minutes nobody could look at its machines. How much is sold there rests on what was seen last, and a machine that fails is not told.
    { $why }
alert-cluster-unseen-do = See whether the API of the cluster is slow or refuses to list machines and pods. This is over by itself once they are seen again.

alert-cluster-busy = { $cluster } runs short of { $resource }
alert-cluster-busy-text = For more than five minutes more than { $limit } % has been gone: { $requested } % is set aside for what runs there, { $used }. Nothing new is placed there meanwhile.
alert-cluster-busy-used = { $percent } % is used
alert-cluster-busy-unmeasured = use is not measured
alert-cluster-busy-do = Add a machine, or move something away.

alert-cluster-check = Cluster { $cluster } fails its test
alert-cluster-check-text = { $found }

alert-cluster-refuses-us = Cluster { $cluster } refuses us
alert-cluster-refuses-us-text = { $why } Work there waits, nothing is lost.
alert-cluster-refuses-us-do = Replace its kubeconfig or give back the rights.

alert-cluster-watch = Cluster { $cluster } does not tell us what moves
alert-cluster-watch-text = { $why } What runs there is only looked at every few minutes.
alert-cluster-watch-do = Replace its kubeconfig or give back the rights.

alert-machine-elsewhere = A machine elsewhere is to be dealt with by hand: { $act }
alert-machine-elsewhere-text = The contract { $contract } { $why }; its machine at { $place } is not ours.
alert-machine-elsewhere-do = Do the same there, then close this alert.
alert-machine-elsewhere-is = is in the state “{ $status }”
alert-machine-elsewhere-size = has the plan { $plan } ({ $cpu }, { $memory } of memory, { $storage } of storage)
alert-machine-elsewhere-nowhere = an unknown place
alert-machine-elsewhere-suspend = suspend
alert-machine-elsewhere-resume = resume
alert-machine-elsewhere-remove = remove
alert-machine-elsewhere-resize = resize

alert-orphans = { $n ->
    [one] One leftover
   *[other] { $n } leftovers
    } on { $cluster }
alert-orphans-text = { $found }
alert-orphans-do = Remove what nobody needs under WHM → Clusters → Leftovers.
alert-orphans-one = { $place } ({ $why }): { $what }
alert-orphans-more = { $n ->
    [one] and one more
   *[other] and { $n } more
    }
alert-orphans-unknown = this database does not know it; after a restore from a dump it is probably in use

alert-orphans-unseen = { $n ->
    [one] One namespace
   *[other] { $n } namespaces
    } of { $cluster } could not be searched for leftovers
alert-orphans-unseen-text =
    The others were searched. Not these:
    { $namespaces }
alert-orphans-unseen-do = Look into the rights there (the test of the cluster names what is missing), or wait where a namespace is being removed.

# Why no cluster takes a new service, a line each.
room-of-cluster = { $cluster }: { $why }
room-no-cluster = There is no cluster for the driver { $driver }
room-status = { $status }
room-fails-test = It fails its test
room-untested = It was not tested yet
room-full = Full: { $cpu } m CPU and { $memory } MiB are free
room-machines-full = Full: its machines carry no more. { $cpu } m CPU and { $memory } MiB are free of what may be sold on them
room-busy = Its machines have too much to do: { $percent } % of { $resource } is gone
room-chosen = chosen. Region { $region }; { $cpu } m CPU and { $memory } MiB were free, { $percent } % of its memory was sold
room-fuller = has room, and more is sold there. Region { $region }; { $cpu } m CPU and { $memory } MiB were free, { $percent } % of its memory was sold
resource-cpu = CPU
resource-memory = memory
