# Steps of work on a service, reasons why something waits or failed, and the settings of clusters.

# --- steps
phase-place = Finding a place
phase-namespace = Preparing your space
phase-policies = Setting up protection and limits
phase-secrets = Creating keys and passwords
phase-settings = Passing the settings on
phase-volume = Reserving storage
phase-companions = Starting the database
phase-workload = Starting the service
phase-health = Waiting until it answers
phase-owner = Creating your account in it
phase-ingress = Opening the address
phase-names = Opening your domains
phase-restart = Restarting the service
phase-final_backup = Making and checking a last backup
phase-unpublish = Closing the address
phase-stop = Stopping the service
phase-remove_workload = Removing the service
phase-remove_data = Removing its data
phase-remove_namespace = Cleaning up

# --- reasons, as the customer reads them
reason-unavailable = The cluster is not answering. We keep trying; nothing is lost.
reason-unknown = We are making sure how this step ended.
reason-missing = The service is not on the cluster. We are looking into it.
reason-not_started = The service is not running. We are looking into it.
reason-starting = It is starting. This usually takes one or two minutes.
reason-stopping = It is stopping.
reason-removing = It is being removed.
reason-namespace_terminating = Earlier services are still being cleaned up. We continue as soon as that is done.
reason-owner = Your account in the service is being created.
reason-owner_failed = Your account in the service could not be created. We are looking into it.
reason-image_pull = The software cannot be downloaded at the moment. We are looking into it.
reason-container_config = A setting keeps the service from starting. We are looking into it.
reason-crash_loop = The service keeps stopping by itself. Its log shows why.
reason-out_of_memory = The service needs more memory than its plan has. A larger plan helps.
reason-quota = The limits of your account leave no room for this service. We are looking into it.
reason-policy = The service breaks a security rule and was not started. We are looking into it.
reason-pod_refused = The cluster does not accept the service at the moment. We are looking into it.
reason-volume_pending = It is waiting for its storage.
reason-volume_missing = The storage of this service is missing. It was not started, so that nothing is overwritten. We are looking into it.
reason-volume_resize = The storage of this service cannot grow. We are looking into it.
reason-volume_attach = Its storage cannot be connected to its machine at the moment. Your data are safe; we are looking into it.
reason-no_room = Every machine is full at the moment. We are making room; your order keeps its place in the queue.
reason-machine = The machine it runs on is in trouble. We are looking into it.
reason-evicted = Its machine ran short of memory or storage, so the service was moved. We are looking into it.
reason-not_answering = The service is on but does not answer yet. We are watching it.
reason-rollout_timeout = The service did not answer in time.
reason-companion_not_ready = Its database does not answer at the moment.
reason-incomplete = The service is not set up completely. We are looking into it.
reason-name_taken = Its name is taken on the cluster. We are looking into it.
reason-plan_too_small = The plan is too small for this service.
reason-cluster_refuses_us = The cluster does not let us in at the moment. We are on it, and nothing is lost.
reason-unauthorized = We cannot sign in to the cluster at the moment. We are looking into it.
reason-forbidden = The cluster refused a step. We are looking into it.
reason-rights_pending = We are waiting for the cluster to give us our rights for your services.
reason-kubeconfig = The cluster is not set up correctly. We are looking into it.
reason-settings = The cluster is not set up correctly. We are looking into it.
reason-invalid = The cluster refused a step. We are looking into it.
reason-refused = The cluster refused a step. We are looking into it.
reason-too_large = The cluster refused a step. We are looking into it.
reason-not_found = The cluster lacks something the service needs. We are looking into it.
reason-request = A step could not be carried out. We are looking into it.
reason-phase = A step could not be carried out. We are looking into it.
reason-too_old = The cluster's version is too old.
reason-rights = Rights on the cluster are missing.
reason-storage_class = The cluster has no such storage class.
reason-ingress_class = The cluster has no such ingress class.
reason-other = The cluster reports something we have no words for yet.

# --- answers to a service's questions
parameter-error-unknown = This question does not exist.
parameter-error-control_characters = Line breaks and control characters are not allowed.
parameter-error-too_short = This is too short.
parameter-error-too_long = This is too long.
parameter-error-pattern = This does not have the expected form.
parameter-error-number = Please enter a whole number.
parameter-error-out_of_range = This number is out of range.
parameter-error-bool = Please choose yes or no.
parameter-error-option = Please choose one of the options.
parameter-error-email = This is not an e-mail address.
parameter-error-hostname = This is not a host name.

# --- the rule of an answer, below its field
parameter-rule-length = { $min } to { $max } characters.
parameter-rule-max = At most { $max } characters.
parameter-rule-range = A whole number from { $min } to { $max }.
parameter-rule-least = A whole number, at least { $min }.
parameter-rule-most = A whole number, at most { $max }.
parameter-rule-number = A whole number.
parameter-rule-hostname = A host name, such as shop.example.com.
parameter-rule-example = For example { $example }.
parameter-rule-secret = Never shown. Leave it empty to keep the present one.

# --- settings of a cluster
driver-kubernetes-kubeconfig = Kubeconfig
driver-kubernetes-kubeconfig-help = With address, certificate and token inside. Files, commands and passwords are refused.
driver-kubernetes-ingress-domain = Domain of the services
driver-kubernetes-ingress-domain-help = Services answer below it, for example apps.example.id. Point *.apps.example.id at the cluster.
driver-kubernetes-ingress-class = Ingress class
driver-kubernetes-ingress-class-help = Empty: traefik, as K3s brings it.
driver-kubernetes-ingress-namespace = Namespace of the ingress controller
driver-kubernetes-ingress-namespace-help = Only pods there may reach the services. Empty: kube-system.
driver-kubernetes-storage-class = Storage class
driver-kubernetes-storage-class-help = Empty: the cluster's default.
driver-kubernetes-url-scheme = Scheme of addresses
driver-kubernetes-url-scheme-help = https or http. Empty: https.
driver-kubernetes-url-port = Port in addresses
driver-kubernetes-url-port-help = Only where it is not the usual one.
driver-kubernetes-ingress-addresses = IP addresses of the ingress
driver-kubernetes-ingress-addresses-help = For domains of customers that cannot have a CNAME; with commas between them. Empty: looked up from the address of the service.
driver-kubernetes-certificate-issuer = ClusterIssuer of cert-manager
driver-kubernetes-certificate-issuer-help = Issues certificates for domains of customers. Empty: these answer over http.
parameter-error-required = Please choose.
