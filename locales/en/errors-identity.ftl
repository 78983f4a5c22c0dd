### Signing in, registering, passwords.
error-invalid-credentials = The email address, password or code is not right.
error-otp-required = Enter the code from your authenticator app.
error-too-many-attempts = Too many failed attempts. Try again in { $minutes } minutes, or reset your password.
error-invalid-token = Your session has ended. Please sign in again.
error-link-invalid = This link was used before or has expired. Ask for a new one.
error-step-up-required = For this step, enter your password or code once more.
error-second-factor-required = Staff need two-step verification. Sign in on the web: you are led through it.
error-last-admin = Somebody has to stay administrator. Give the role to another person first.
error-email-not-verified = First open the verification link in your mail. Nothing there? Ask us to send it again.
error-totp-active = Two-step verification is already on.
error-email-taken = This email address already has an account.

field-invalid-email = Write a full email address, for example name@example.com.
field-contains-link = A name cannot contain a link.
field-wrong-code = This code is not right. Check your phone's clock, then try the next code.
field-unknown = This choice is not available.
