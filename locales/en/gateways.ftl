# Payment gateways: settings and the steps to pay.
# The first line of a guide names the app, every further line is one step.

gateways-midtrans-server-key = Server key
gateways-midtrans-server-key-help = Found in the Midtrans dashboard under Settings → Access Keys. Stored encrypted and never shown again.
gateways-midtrans-client-key = Client key
gateways-midtrans-client-key-help = The public key for the browser, on the same page as the server key.
gateways-midtrans-server-key-previous = Previous server key
gateways-midtrans-server-key-previous-help = Fill in only while you change keys, so that notifications signed with the old one are still accepted. Clear it afterwards.
gateways-midtrans-merchant-id = Merchant ID
gateways-midtrans-merchant-id-help = Starts with G. When given, notifications for any other merchant are refused.
gateways-midtrans-is-production = Production mode
gateways-midtrans-is-production-help = Switch on to take real money. When off, payments go through the Midtrans sandbox.

gateways-guide-bca-mobile =
    BCA mobile
    Open BCA mobile, choose m-BCA and enter your access code.
    Choose m-Transfer, then BCA Virtual Account.
    Enter the virtual account number and tap Send.
    Check the name and the amount, then enter your m-BCA PIN.
gateways-guide-bca-mybca =
    myBCA
    Open myBCA and sign in.
    Choose Transfer, then Virtual Account.
    Enter the virtual account number and continue.
    Check the name and the amount, then confirm with your PIN.
gateways-guide-bca-atm =
    BCA ATM
    Insert your card and enter your PIN.
    Choose Other Transactions, Transfer, then To BCA Virtual Account.
    Enter the virtual account number and confirm.
    Check the name and the amount, then choose Yes.
gateways-guide-bni-wondr =
    wondr by BNI
    Open wondr by BNI and sign in.
    Choose Transfer, then Virtual Account.
    Enter the virtual account number.
    Check the amount, then confirm with your transaction PIN.
gateways-guide-bni-atm =
    BNI ATM
    Insert your card and enter your PIN.
    Choose Other Menu, Transfer, then Virtual Account Billing.
    Enter the virtual account number and confirm.
    Check the amount, then choose Yes.
gateways-guide-bni-other-bank =
    Another bank’s app
    Choose a transfer to another bank and select BNI (code 009).
    Enter the virtual account number as the account number.
    Enter the exact amount, down to the last rupiah.
    Confirm the transfer with your PIN.
gateways-guide-bri-brimo =
    BRImo
    Open BRImo and sign in.
    Choose BRIVA, then New Payment.
    Enter the virtual account number and continue.
    Check the name and the amount, then enter your PIN.
gateways-guide-bri-atm =
    BRI ATM
    Insert your card and enter your PIN.
    Choose Other Transactions, Payment, Others, then BRIVA.
    Enter the virtual account number and confirm.
    Check the name and the amount, then choose Yes.
gateways-guide-bri-other-bank =
    Another bank’s app
    Choose a transfer to another bank and select BRI (code 002).
    Enter the virtual account number as the account number.
    Enter the exact amount, down to the last rupiah.
    Confirm the transfer with your PIN.
gateways-guide-cimb-octo =
    OCTO Mobile
    Open OCTO Mobile and sign in.
    Choose Transfer, then Transfer to CIMB Niaga.
    Enter the virtual account number and the amount.
    Check the details, then enter your OCTO Mobile PIN.
gateways-guide-cimb-atm =
    CIMB Niaga ATM
    Insert your card and enter your PIN.
    Choose Payment, Next, then Virtual Account.
    Enter the virtual account number and proceed.
    Check the name and the amount, then proceed once more.
gateways-guide-cimb-other-bank =
    Another bank’s app
    Choose a transfer to another bank and select CIMB Niaga (code 022).
    Enter the virtual account number as the account number.
    Enter the exact amount, down to the last rupiah.
    Confirm the transfer with your PIN.
gateways-guide-permata-mobile-x =
    PermataMobile X
    Open PermataMobile X and sign in.
    Choose Pay Bills, then Virtual Account.
    Enter the virtual account number.
    Check the amount, then confirm with your transaction PIN.
gateways-guide-permata-atm =
    Permata ATM
    Insert your card and enter your PIN.
    Choose Other Transactions, Payment, Other Payments, then Virtual Account.
    Enter the virtual account number and confirm.
    Check the amount and confirm once more.
gateways-guide-permata-other-bank =
    Another bank’s app
    Choose a transfer to another bank and select Permata (code 013).
    Enter the virtual account number as the account number.
    Enter the exact amount, down to the last rupiah.
    Confirm the transfer with your PIN.
gateways-guide-mandiri-livin =
    Livin’ by Mandiri
    Open Livin’ by Mandiri and sign in.
    Choose Pay, then look up the provider by the company code shown.
    Enter the payment code and continue.
    Check the amount, then confirm with your PIN.
gateways-guide-mandiri-atm =
    Mandiri ATM
    Insert your card and enter your PIN.
    Choose Pay/Buy, Others, then Multi Payment.
    Enter the company code and confirm.
    Enter the payment code and confirm.
    Check the amount, press 1, then choose Yes.
gateways-guide-mandiri-web =
    Livin’ on the web
    Sign in to Mandiri internet banking.
    Choose Pay, then Multi Payment.
    Choose your account, then fill in the company code and the payment code.
    Check the amount, then confirm the payment.
gateways-guide-qris-gopay =
    GoPay, OVO, DANA, ShopeePay
    Open your e-wallet app.
    Tap Pay or Scan and point the camera at the QR code.
    Check the recipient and the amount, then enter your PIN.
gateways-guide-qris-bank =
    Banking app
    Open your banking app and choose QRIS.
    Point the camera at the QR code.
    Check the recipient and the amount, then enter your PIN.
gateways-guide-qris-same-phone =
    On the same phone
    Save the QR code to your gallery, or take a screenshot.
    Open your payment app, choose Scan and pick the picture from the gallery.
    Check the recipient and the amount, then enter your PIN.

gateways-transfer-accounts = Bank accounts
gateways-transfer-accounts-help = One per line: bank | account number | holder. Customers may transfer to any of them.
gateways-transfer-lifetime-hours = Time to pay, in hours
gateways-transfer-lifetime-hours-help = 1 to 720; 48 where nothing is entered. A transfer whose proof was sent waits for you and does not end.
gateways-transfer-code-from = Smallest unique code
gateways-transfer-code-from-help = 1 to 999; 1 where nothing is entered.
gateways-transfer-code-to = Largest unique code
gateways-transfer-code-to-help = Up to 999 rupiah are added so that no two open amounts are the same; they go to the customer's wallet. 0 adds nothing.
gateways-transfer-quarantine-days = Quarantine, in days
gateways-transfer-quarantine-days-help = An amount is not given out again for so long after its payment ended; 7 where nothing is entered.

gateways-guide-transfer-app =
    App of the same bank
    Open your bank app and choose Transfer.
    Enter our account number above and compare the holder's name.
    Enter the exact amount, up to the last three digits.
    Confirm, and keep a screenshot of the receipt.
gateways-guide-transfer-other-bank =
    App of another bank
    Choose transfer to another bank, best by BI-FAST.
    Choose our bank and enter the account number above.
    Enter the exact amount; your bank's fee comes on top of it.
    Confirm, and keep a screenshot of the receipt.
gateways-guide-transfer-atm =
    ATM
    Choose Transfer, then our bank's account or another bank with its code.
    Enter the account number and the exact amount.
    Compare the holder's name and confirm.
    Keep the receipt and take a photo of it.

gateways-tripay-merchant-code = Merchant code
gateways-tripay-merchant-code-help = Begins with T, for example T1234. Find it in the Tripay dashboard under Merchant.
gateways-tripay-api-key = API key
gateways-tripay-api-key-help = Find it in the Tripay dashboard under Merchant → Opsi → Edit. It is stored encrypted and never shown again.
gateways-tripay-private-key = Private key
gateways-tripay-private-key-help = Signs charges and notifications. From the same page as the API key.
gateways-tripay-private-key-previous = Previous private key
gateways-tripay-private-key-previous-help = Only while you rotate keys, so that notifications signed with the old key are still accepted. Empty it when you are done.
gateways-tripay-is-production = Production mode
gateways-tripay-is-production-help = Turn on to take real money. When off, payments go through Tripay's sandbox.

gateways-guide-va-mobile =
    Mobile banking
    Open your bank's app and choose Pay or Transfer, then Virtual Account.
    Enter the virtual account number.
    Check name and amount, then confirm with your PIN.
gateways-guide-va-atm =
    ATM
    Insert your card and enter your PIN.
    Choose Payment or Transfer, then Virtual Account.
    Enter the virtual account number.
    Check name and amount, then confirm.
gateways-guide-va-other-bank =
    Another bank's app
    Choose a transfer to another bank and pick the bank shown.
    Enter the virtual account number as the account number.
    Enter the exact amount, to the last rupiah.
    Confirm the transfer with your PIN.
gateways-guide-store-till =
    At the till
    Go to the store shown and say that you want to pay a bill.
    Show the payment code to the cashier.
    Pay the amount of the bill. The store may add a service fee.
gateways-guide-store-check =
    Before you pay
    Ask the cashier for the name of the receiver and the amount.
    If both are right, go on.
gateways-guide-store-receipt =
    After you paid
    Keep the receipt until your invoice is marked as paid.
    The status on this page changes by itself.
gateways-guide-wallet-open =
    On your phone
    Open the payment page with the button above.
    Your wallet's app opens by itself.
    Check the amount, then enter your PIN.
gateways-guide-wallet-computer =
    On a computer
    Open the payment page with the button above.
    Enter the phone number of your wallet, or scan the code shown.
    Finish the payment on your phone.
gateways-guide-wallet-return =
    After you paid
    Come back to this page.
    The status changes by itself once the payment has arrived.

gateways-xendit-secret-key = Secret key
gateways-xendit-secret-key-help = Find it in the Xendit dashboard under Settings → API Keys, with permission Money-in. The key decides the mode: xnd_development_ for tests, xnd_production_ for real money. It is stored encrypted and never shown again.
gateways-xendit-callback-token = Webhook verification token
gateways-xendit-callback-token-help = Find it in the Xendit dashboard under Settings → Webhooks. Enter this account's notification address on the same page.
gateways-xendit-callback-token-previous = Previous verification token
gateways-xendit-callback-token-previous-help = Only while you rotate the token, so that notifications with the old one are still accepted. Empty it when you are done.
gateways-xendit-business-id = Business ID
gateways-xendit-business-id-help = When set, notifications for another business are refused.

gateways-guide-card-page =
    Paying by card
    Open the payment page with the button above.
    Enter your card. Only the payment provider sees its number.
    Check the amount, then go on.
gateways-guide-card-code =
    Your bank's code
    Your bank sends a code by text message or in its app.
    Enter it on the payment page.

gateways-guide-card-here =
    Paying by card
    Press the button above to go to the bank that issued your card.
    Approve the payment there.
    You come back to this page automatically.
gateways-guide-push-phone =
    On your phone
    Open the OVO app.
    Choose the payment notification that has just come.
    Compare the amount, then enter your PIN.
gateways-guide-push-nothing =
    No request?
    Make sure that the number is your OVO number and that the app is open.
    When the time is over, choose a way to pay again.
gateways-guide-page-open =
    Getting the number
    Open the payment page with the button above.
    Copy the virtual account number that is shown there.
gateways-guide-lender-open =
    Paying later
    Open the payment page with the button above.
    Sign in with your account and choose the instalments.
    Approve with the code that is sent to your phone.
gateways-guide-lender-terms =
    Before you agree
    Interest and fees are set by the lender, not by us.
    Read the instalments and their due dates.
