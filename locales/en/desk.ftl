### The demo's control desk.
desk-title = Control desk
desk-text = Be the bank, read the mail, move the clock. Nothing here touches real money.
desk-clock = Clock
desk-advance = { $n ->
    [one] One day on
   *[other] { $n } days on
}
desk-bank = Waiting for payment
desk-bank-empty = Nobody has to pay at the moment. Order something in the shop first.
desk-pay = Pay
desk-mail = Mail that arrived
desk-mail-empty = No mail yet.
