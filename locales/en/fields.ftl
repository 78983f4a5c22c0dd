### Names of fields in the summary of a form that was refused.
field-name-name = Name
field-name-email = Email
field-name-password = Password
field-name-current = Present password
field-name-code = Code
field-name-accepted-terms = Agreement
field-name-amount = Amount
field-name-method = Payment method
field-name-company = Company
field-name-phone = Telephone
field-name-npwp = NPWP
field-name-street-1 = Street and number
field-name-city = City or regency
field-name-state = Province
field-name-postal-code = Postal code
field-name-country-code = Country code
field-name-reason = Reason
