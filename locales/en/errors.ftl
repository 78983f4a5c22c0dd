### What went wrong and what to do.

## Pages for what went wrong, by kind
error-invalid-title = Something needs correcting
error-invalid-text = Check what you entered and send it again. Nothing was changed.
error-unauthenticated-title = Please sign in first
error-unauthenticated-text = Your session has ended or you have not signed in.
error-forbidden-title = You may not open this
error-forbidden-text = Ask the account owner or an administrator for access.
error-not-found-title = Page not found
error-not-found-text = The address may be mistyped, or what you are looking for no longer exists.
error-conflict-title = This has changed meanwhile
error-conflict-text = Reload the page to see the current state, then try again.
error-too-many-title = Too many attempts
error-too-many-text = Wait a moment, then try again.
error-upstream-title = A partner service is not responding
error-upstream-text = We cannot confirm the outcome yet. We keep trying; please do not pay twice.
error-internal-title = Something went wrong on our side
error-internal-text = We have been notified. Try again shortly; if needed, mention the incident code below.
error-unavailable-title = Busy right now
error-unavailable-text = The system is busy or under maintenance. Try again shortly.
error-incident = Incident code
error-status = Error { $status }
error-go-home = Go to the start page
error-csrf = This page was open for too long. Reload it and send again.
error-body-too-large = What you sent is too large.
error-network = The server cannot be reached. Check your connection and try again.

## Messages at fields
field-mark = Without the sign |.
field-version-taken = Version { $version } is stored with another text. Raise its version.
field-too-many = At most { $max }.
field-required = Required.
field-invalid = This is not recognised.
field-too-long = At most { $max } characters.
field-too-short = At least { $min } characters.
field-email = Write a full email address, such as name@example.com.
field-phone = Write the phone number with country code, such as +62812…
field-number = Digits only.
field-amount-min = At least { $amount }.
field-amount-max = At most { $amount }.
field-password-weak = This password is too easy to guess. Use several unrelated words.
field-must-match = Must be exactly { $text }.
field-must-accept = Tick this to continue.
field-test-failed = The cluster did not pass its test with this, so nothing was changed: { $why }
field-test-failed-too-old = This needs a newer Kubernetes, so nothing was changed: { $why }
field-test-failed-rights = Rights are missing with this, so nothing was changed: { $why }
field-test-failed-storage-class = The cluster has no such storage class, so nothing was changed: { $why }
field-test-failed-ingress-class = The cluster has no such ingress class, so nothing was changed: { $why }
field-control-characters = It contains characters that cannot be stored.
error-rate-limited = Too many attempts from your network. Wait { $seconds } seconds, then try again. Nothing was changed or charged.
