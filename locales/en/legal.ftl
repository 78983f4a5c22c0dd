### Terms of service and privacy statement.
legal-version = Version { $version }
legal-terms-title = Terms of service
legal-privacy-title = Privacy statement

legal-terms-1-title = Who we are
legal-terms-1-text = This service is sold and run by { $seller }. By opening an account or ordering you accept these terms.
legal-terms-2-title = Your account
legal-terms-2-text =
    Give your real name and address, and keep your password safe. What is done through your account is your responsibility.

    Tell us at once if you suspect that somebody else uses it.
legal-terms-3-title = Orders and prices
legal-terms-3-text =
    Price, tax and final amount are shown before you order. An order that is not paid is cancelled after { $cancel } days; nothing is charged.

    The price you paid when ordering also holds for renewals. If a price changes, we tell you at least 30 days before.
legal-terms-4-title = Payment and renewal
legal-terms-4-text =
    Services are paid in advance. The invoice of a renewal is sent before the period ends.

    A service is suspended when its invoice is { $grace } days overdue. After { $retention } suspended days the service and its data are deleted. We remind you before either happens.
legal-terms-5-title = If a service cannot be set up
legal-terms-5-text = If a service you paid for cannot be set up, everything you paid for it returns to your balance.
legal-terms-6-title = Fair use
legal-terms-6-text =
    You may not use services against the law, to attack other systems, to send spam or to mine cryptocurrency.

    A service that endangers other customers may be suspended at once, and we explain why.
legal-terms-7-title = Your data
legal-terms-7-text = What lies in your service stays yours. Keep copies of what matters to you. After a service has ended its data are deleted and cannot be brought back.
legal-terms-8-title = Liability
legal-terms-8-text = We work to keep services running, but failures happen. Our liability is limited to what you paid for the service in the last three months, unless the law says otherwise.
legal-terms-9-title = Leaving
legal-terms-9-text = You can stop renewals from the panel at any time. The service runs until the end of the period that is paid.
legal-terms-10-title = Law and contact
legal-terms-10-text = These terms follow the law of the Republic of Indonesia. Questions and complaints: { $email }.

legal-privacy-1-title = Who is responsible
legal-privacy-1-text = { $seller } is the controller of your personal data under Indonesia’s Personal Data Protection Law (UU 27/2022).
legal-privacy-2-title = What we keep
legal-privacy-2-text =
    Name, email, and your password in a form that cannot be read back; address and tax number if you give them; orders, invoices and payments; network address and time when you sign in.

    Card numbers and PINs never reach us; you enter them only at your bank or payment app.
legal-privacy-3-title = What for
legal-privacy-3-text = To run the services you order, to invoice and book them as tax rules demand, to protect your account, and to tell you about your services.
legal-privacy-4-title = Who receives it
legal-privacy-4-text = Payment gateways receive what is needed to pay. Tax authorities and law enforcement receive what the law demands. We do not sell your data and use no trackers of others.
legal-privacy-5-title = For how long
legal-privacy-5-text = Financial documents are kept as long as tax rules demand, ten years. Sign-in records and sent mails are deleted regularly. What lies in a service is deleted when it ends.
legal-privacy-6-title = Cookies
legal-privacy-6-text = We use cookies only for your session, cart, language, appearance and the safety of forms. There are no advertising cookies.
legal-privacy-7-title = Your rights
legal-privacy-7-text = You may ask for a copy, a correction or the deletion of your data, as far as we are not obliged to keep them. Write to { $email }; we answer within 3 × 24 hours.
