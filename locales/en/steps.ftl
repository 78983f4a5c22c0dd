# What a step of the work on a service came to, as its log says.

did-placed = It gets the address { $host }
did-all-removed = Everything of it was removed
did-old-size = It has its old size again
did-old-settings = It has its former settings again
did-settings = { $n ->
    [one] One secret or configuration is up to date
   *[other] { $n } secrets and configurations are up to date
    }
did-namespace = Namespace { $namespace } is there
did-policies = Quota, limits and network policies are set
did-secrets = { $n ->
    [one] One secret or configuration is there
   *[other] { $n } secrets and configurations are there
    }
did-volumes = Volumes: { $volumes }
did-no-volume = No volume needed
did-companions = Database and cache answer
did-no-companions = No database or cache needed
did-deployed = { $service } is deployed
did-stopped-change = It is stopped; the change counts from the next start
did-no-owner = The service needs no owner
did-owner = The first owner exists
did-answers = It answers at { $url }
did-answers-inside = Your other services reach it at { $address }
did-names = { $n } domains of the customer are open
did-unpublished = It is no longer reachable from outside
did-stopped = It is stopped; its data are kept
did-nothing-runs = Nothing of it runs any more
did-data-removed = Its data are removed
did-nothing-left = Nothing of it is left
did-nothing-left-not-ours = Nothing of it is left; the namespace is not ours
did-nothing-left-others = Nothing of it is left; other instances of the customer remain
did-answering = The service answers
did-backup = The last backup is in { $place } ({ $bytes } bytes) and was read back
did-nothing-to-keep = There was nothing to keep
