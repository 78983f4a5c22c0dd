# What connection tests of clusters and payment accounts found, a line each.

found-cluster-version = Kubernetes { $version } with pod security admission
found-cluster-rights = All rights are there
found-cluster-fence = Secrets outside of our namespaces are out of reach
found-cluster-storage = Volumes come from storage class { $class }
found-cluster-ingress = Requests come in by ingress class { $class }
found-cluster-measured = Use of CPU and memory is measured
found-cluster-domain = Services answer below { $domain }
found-cluster-every-secret = The kubeconfig may read every secret of the cluster; deploy/k8s/driver-rbac.yaml gives it less
found-cluster-no-fence = No fence: the account could take its role in namespaces of others and read their secrets; apply deploy/k8s/driver-rbac.yaml again
found-cluster-no-events = Events may not be listed: why something does not run is told less exactly
found-cluster-no-namespaces = Namespaces may not be listed: not all leftovers are found
found-cluster-not-measured = No metrics server: use of CPU and memory is not shown
found-cluster-cannot-grow = Volumes of class { $class } cannot grow with a larger plan
found-cluster-local-path = local-path enforces no sizes and ties data to one machine

found-fails-too-old = Its Kubernetes is too old: { $why }.
found-fails-rights = Rights are missing: { $why }.
found-fails-storage-class = There is no such storage class: { $why }.
found-fails-ingress-class = There is no such ingress class: { $why }.
found-fails-refused = The cluster refused: { $why }
found-fails-unavailable = The cluster did not answer: { $why }

found-gateway-key = { $gateway } accepts the key ({ $world })
found-gateway-odd-key = The key does not look like one for { $world }
found-gateway-production = real money
found-gateway-sandbox = the sandbox
found-tripay-closed = Not active at Tripay: { $channels }
found-xendit-no-token = Without the verification token no notification is believed
found-transfer-banks = Customers may transfer to { $banks }
found-transfer-no-code = Without a unique code two customers may transfer the same amount

found-backup-touched = { $n ->
    [one] it was touched one hour ago.
   *[other] it was touched { $n } hours ago.
    }
found-backup-unreadable = it cannot be read; no backup has touched it.
