### Customer accounts and settings.
error-grant-missing = Your role in this account does not allow this. Ask the account's owner.

field-invalid-phone = Write the telephone number with its country code, for example +62812….
field-invalid-npwp = An NPWP has 15 or 16 digits. Check the digits again.
field-invalid-nitku = A NITKU has 22 digits. Check the digits again.
field-nitku-differs = This NITKU belongs to another NPWP. It begins with the NPWP of 16 digits.
field-not-ahead = Choose a day after today, at most ten years ahead.
field-tax-rule-overlaps = A rule of this country begins on that day or later.
field-invalid-fraction = Enter a fraction such as 11/12, at most 1/1.
field-invalid-country = Choose a country from the list.
field-invalid-postal-code = The postal code does not fit the country. In Indonesia it has five digits.
field-invalid-days = Write the days as whole numbers with commas between them, such as -7, -3, 0, 3.
field-needs-7-and-1 = The warnings 7 days and 1 day before removal are required.
field-invalid-pattern = The pattern must contain {"{year}"} and {"{number}"} once each.
field-series-in-use = The series of { $year } has been used, so its first number cannot change any more.
field-out-of-range = Enter something between { $min } and { $max }.

checklist-company = Company details
checklist-company-incomplete = Complete the legal name, address and email.
checklist-tax = Tax status
checklist-tax-undecided = Decide whether you are a PKP.
checklist-tax-number-missing = A PKP needs the company's NPWP.
checklist-bank = Bank account
checklist-bank-missing = Enter the bank, the account number and its holder.
checklist-numbering = Document numbers
checklist-numbering-unconfirmed = Set the patterns and the first number of each series this year, then confirm. A first number cannot change once it is used.
checklist-mail = Mail test
checklist-mail-untested = Send one test mail.
checklist-gateway = Payment gateway test
checklist-gateway-untested = Run the gateway's connection test.
checklist-cluster = Cluster or server
checklist-cluster-missing = Connect one cluster that takes services and passed its test.
