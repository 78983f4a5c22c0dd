#!/usr/bin/env python3
"""kill -9 while money moves: billing days, settlements, refunds, changes of plan and reports of payouts run at once,
and the process is killed in the middle of them again and again.

usage: money.py [BINARY, default target/release/yumna] [--database-url URL] [--seed N] [--kills N, default 100]
Without --database-url the demo's SQLite is used; with it an empty PostgreSQL database. Whoever began something keeps
asking with the same Idempotency-Key. In the end no cycle was invoiced twice, what the bank took is what the house
received, every refund happened once, every payment was paid out once whatever reports tell it, nobody got a mail twice,
and customers have exactly what they paid for.
Exits 0 and says what it did, or 1 and the first thing that is not so."""
import argparse, base64, http.cookiejar, json, os, random, re, sys, tempfile, threading, time, urllib.parse
import urllib.request, uuid
from collections import Counter

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "accept"))
from yumna_client import ApiError, Demo, Http, ledger_verify, order, pay_invoice, running, wait  # noqa: E402

LOST = (OSError, TimeoutError, json.JSONDecodeError, ValueError)
OPEN = ("issued", "overdue", "partially_paid")
# Top-ups: wallets of some hold enough for all renewals, others pay by hand, or late, or never. No two mails are alike.
TOP_UPS = ((2_000_000, 1_990_000, 1_980_000, 1_970_000), (1_500_000, 1_490_000), (), ())


class Lost(Exception):
    """No answer: nothing is known about what was done."""


class Caller:
    """Somebody signed in who loses answers when the house is killed."""

    def __init__(self, house, http):
        self.house, self.http = house, http

    def ask(self, method, path, body=None, key=None):
        headers = {"Idempotency-Key": key} if key else {}
        self.http.base = self.house.url
        try:
            status, answer = self.http.call(method, path, body, headers=headers, timeout=20)
        except (ApiError, *LOST) as error:
            # Signing in again may be what was killed.
            raise Lost(str(error))
        # Signed in anew, and the clock went on again: a token lives for minutes.
        if status in (401, 502, 503) or (status == 409 and (answer or {}).get("code") == "REQUEST_IN_FLIGHT"):
            raise Lost(f"{status}")
        if status >= 500:
            raise ApiError(f"{method} {path}: {status} {json.dumps(answer)[:300]}")
        return status, answer

    def read(self, path):
        status, answer = self.ask("GET", path)
        if status != 200:
            raise ApiError(f"GET {path}: {status} {json.dumps(answer)[:300]}")
        return answer

    def all(self, path):
        rows, cursor = [], ""
        while True:
            page = self.read(f"{path}{'&' if '?' in path else '?'}limit=100{cursor}")
            rows += page["data"]
            if not page.get("next_cursor"):
                return rows
            cursor = "&cursor=" + page["next_cursor"]


class Customer(Caller):
    def __init__(self, house, http, number):
        super().__init__(house, http)
        self.number, self.subscription = number, None
        # What was begun: invoice -> key of its attempt; references the bank was asked to take money for.
        self.keys, self.references = {}, set()

    def pays(self, chance):
        """Starts a payment for an open invoice, or goes on with the one begun, and sends the money."""
        bills = [b for b in self.read("/api/panel/invoices?limit=50")["data"] if b["status"] in OPEN]
        if not bills:
            return "nothing to pay"
        bill = chance.choice(bills)
        way = chance.choice(({"method": "qris"}, {"method": "bank_transfer", "bank": "bca"}))
        key = self.keys.setdefault(bill["id"], (uuid.uuid4().hex, way))
        status, answer = self.ask("POST", f"/api/panel/invoices/{bill['id']}/payments",
                                  {"gateway": "midtrans", **key[1]}, key[0])
        if status != 201:
            self.keys.pop(bill["id"], None)
            return f"a payment is refused: {answer['code']}"
        pay = answer["payment"]
        if pay["status"] != "pending":
            self.keys.pop(bill["id"], None)
        self.references.add(pay["reference"])
        status, answer = self.ask("POST", "/demo/api/gateways/midtrans/pay", {"reference": pay["reference"]})
        if status == 404:
            self.keys.pop(bill["id"], None)
        return "pays" if status == 202 else "the bank refuses"

    def changes(self, chance):
        """A larger plan, paid from the wallet or, where that is short, by QR code."""
        subscription = self.read(f"/api/panel/subscriptions/{self.subscription}")
        service = subscription["service"]["slug"]
        plans = sorted(self.read(f"/api/catalog/services/{service}/plans")["data"], key=lambda plan: plan["tier"])
        larger = [plan for plan in plans if plan["tier"] > subscription["plan"]["tier"]]
        if not larger:
            return "has the largest plan"
        status, quote = self.ask("POST", f"/api/panel/subscriptions/{self.subscription}/change-quote",
                                 {"plan": larger[0]["code"]})
        if status != 200:
            return f"a quote is refused: {quote['code']}"
        body = {"quote_id": quote["quote_id"], "payment": {"gateway": "midtrans", "method": "qris"}}
        status, answer = self.ask("POST", f"/api/panel/subscriptions/{self.subscription}/change", body)
        if status != 202:
            return f"a change is refused: {answer['code']}"
        if answer.get("payment"):
            self.references.add(answer["payment"]["reference"])
            self.ask("POST", "/demo/api/gateways/midtrans/pay", {"reference": answer["payment"]["reference"]})
        return "changes the plan"


class House:
    """The demo on one folder, killed and started again."""

    def __init__(self, binary, database_url):
        self.binary, self.args = binary, ("--database-url", database_url) if database_url else ()
        self.dir = tempfile.mkdtemp(prefix="yumna-money-")
        self.demo, self.url, self.kills = None, None, 0
        self.start()

    def start(self):
        self.demo = Demo(self.binary, self.args, data_dir=self.dir)
        self.url = self.demo.url

    def kill(self):
        self.demo.kill()
        self.kills += 1


def account_at(house, gateway):
    """The id of our account at a gateway: the page on which a report is sent in tells it."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    browser.addheaders = [("Accept-Language", "en"), ("Origin", house.url)]
    token = re.search(r'name="_csrf" value="([^"]+)"', browser.open(house.url + "/login").read().decode()).group(1)
    staff = house.demo.info["staff"]
    form = {"_csrf": token, "email": staff["email"], "password": staff["password"]}
    browser.open(house.url + "/login", urllib.parse.urlencode(form).encode()).read()
    page = browser.open(house.url + "/whm/settlements/new").read().decode()
    found = re.search(rf'<option value="(pac_[^"]+)"[^>]*>\s*{gateway}', page)
    assert found, f"no account at {gateway} is offered: {page[:500]}"
    return found.group(1)


class Shop:
    def __init__(self, house, chance):
        self.house, self.chance = house, chance
        self.staff = Caller(house, house.demo.staff())
        self.account = account_at(house, "Midtrans")
        self.customers, self.done, self.lock = [], Counter(), threading.Lock()
        # What must not be, in any of the threads.
        self.broken = []
        # Refunds that were begun: payment -> (key, body), and what was answered.
        self.refunds, self.refunded = {}, {}
        # Reports of payouts that were begun: content, keys of both requests, id, and whether it is known to be booked.
        self.reports = []

    def opens(self, customers):
        for number in range(customers):
            me = self.house.demo.new_customer(f"Pelanggan {number}")
            codes = [plan["code"] for service in ("n8n", "ghost", "wordpress")
                     for plan in me.get(f"/api/catalog/services/{service}/plans")["data"]]
            smaller = [code for code in codes if code.endswith(("basic", "starter"))] or codes
            customer = Customer(self.house, me, number)
            pay = pay_invoice(self.house.demo, me, order(me, smaller[number % len(smaller)])["invoice"]["id"])
            customer.references.add(pay["reference"])
            customer.subscription = running(me)["id"]
            for amount in TOP_UPS[number % len(TOP_UPS)]:
                top = me.post("/api/panel/wallet/topups", {"amount": amount, "gateway": "midtrans", "method": "qris"},
                              want=201)["payment"]
                self.house.demo.pay("midtrans", top["reference"])
                customer.references.add(top["reference"])
            self.customers.append(customer)

    def a_day(self):
        # Half a day or several: some billing runs begin late.
        hours = self.chance.choice((9, 24, 30, 49, 96))
        self.staff.ask("POST", "/demo/api/clock/advance", {"hours": hours})
        self.staff.ask("POST", "/demo/api/jobs/drain", {})
        return "a billing day"

    def a_refund(self):
        """Staff give back a part of a payment, or ask again about one that was begun."""
        with self.lock:
            waiting = [pay for pay in self.refunds if pay not in self.refunded]
        if waiting:
            pay = self.chance.choice(waiting)
        else:
            mine = {reference for customer in self.customers for reference in customer.references}
            rows = [row for row in self.staff.read("/api/whm/payments?limit=100")["data"]
                    if row["status"] == "succeeded" and row["invoice_id"] and row["reference"] in mine
                    and row["id"] not in self.refunds]
            if not rows:
                return "nothing to refund"
            row = self.chance.choice(rows)
            to = self.chance.choice(("wallet", "gateway") if row["method"] == "qris" else ("wallet",))
            amount = self.chance.randint(1, row["received"])
            pay = row["id"]
            with self.lock:
                self.refunds[pay] = (uuid.uuid4().hex, {"amount": amount, "to": to, "reason": "tidak sesuai"})
        key, body = self.refunds[pay]
        status, answer = self.staff.ask("POST", f"/api/whm/payments/{pay}/refund", body, key)
        with self.lock:
            self.refunded[pay] = body["amount"] if status == 202 else 0
        return "refunds" if status == 202 else f"a refund is refused: {answer['code']}"

    def payouts(self):
        """What the gateway tells of some payments of the last days; most were told in earlier reports, too."""
        mine = {reference for customer in self.customers for reference in customer.references}
        rows = [row for row in self.staff.read("/api/whm/payments?limit=100")["data"]
                if row["status"] in ("succeeded", "partially_refunded", "refunded") and row["gateway"] == "midtrans"
                and row["reference"] in mine]
        some = self.chance.sample(rows, min(len(rows), self.chance.randint(3, 25)))
        lines = [f"{row['reference']},{row['received']},{row['received'] // 100}" for row in some]
        return "\n".join(["Order ID,Gross amount,Fee", *lines, ""]) if lines else None

    def a_report(self):
        """Staff send in a report of payouts and book it, or ask again about one that was begun."""
        with self.lock:
            begun = next((report for report in self.reports if not report["booked"]), None)
        if begun is None:
            content = self.payouts()
            if content is None:
                return "nothing was paid out"
            begun = {"content": content, "keys": (uuid.uuid4().hex, uuid.uuid4().hex), "id": None, "booked": False}
            with self.lock:
                self.reports.append(begun)
        send, book = begun["keys"]
        body = {"account_id": self.account, "content": begun["content"]}
        status, answer = self.staff.ask("POST", "/api/whm/settlements", body, send)
        if status != 201:
            return f"a report is refused: {answer['code']}"
        assert begun["id"] in (None, answer["id"]), f"one report became two: {begun['id']} and {answer['id']}"
        begun["id"] = answer["id"]
        status, answer = self.staff.ask("POST", f"/api/whm/settlements/{begun['id']}/book", {}, book)
        if status != 200:
            return f"a report is not booked: {answer['code']}"
        begun["booked"] = True
        return "books a report"

    def act(self, what):
        try:
            word = what()
        except Lost:
            word = "lost an answer"
        except Exception as error:  # told by the main thread
            self.broken.append(f"{type(error).__name__}: {error}")
            return
        with self.lock:
            self.done[word] += 1

    def storm(self):
        """All at once, and the end of the process somewhere in between."""
        payers = self.chance.sample(self.customers, 3)
        acts = [self.a_day, self.a_refund] if self.chance.random() < 0.7 else [self.a_refund]
        acts += [lambda who=who: who.pays(self.chance) for who in payers]
        if self.chance.random() < 0.6:
            acts.append(self.a_report)
        if self.chance.random() < 0.5:
            who = self.chance.choice(self.customers)
            acts.append(lambda: who.changes(self.chance))
        threads = [threading.Thread(target=self.act, args=(what,), daemon=True) for what in acts]
        for thread in threads:
            thread.start()
        # Mostly in the first moments; now and then late enough for a whole day's work. A busy machine takes its time.
        pace = min(5, max(1, self.house.demo.start_seconds / 0.12))
        time.sleep(pace * self.chance.uniform(0.02, 0.7 if self.chance.random() < 0.75 else 2))
        self.house.kill()
        for thread in threads:
            thread.join(30)
        assert not self.broken, self.broken
        self.house.start()

    def calms_down(self):
        """Everything that was begun comes to its end, without a kill."""
        for _ in range(5):
            self.act(self.a_day)
        end = time.monotonic() + 120
        while any(pay not in self.refunded for pay in self.refunds):
            assert time.monotonic() < end, f"refunds without an answer: {self.refunds}"
            self.act(self.a_refund)
        # What was begun, and one more that nobody disturbs.
        self.act(self.a_report)
        while any(not report["booked"] for report in self.reports):
            assert time.monotonic() < end and not self.broken, f"reports that are not booked: {self.done} {self.broken}"
            time.sleep(0.2)
            self.act(self.a_report)
        self.act(self.a_report)
        assert not self.broken, self.broken

        def drained():
            said = self.house.demo.http.post("/demo/api/jobs/drain", timeout=130)
            assert said["failed"] == 0, f"work was given up: {said}"
            return said["remaining"] == 0
        wait("all work is done", drained, 120)


def at_the_bank(house, reference):
    """What the bank says came in under a reference, and what went back."""
    info = house.demo.info
    head = {"Authorization": "Basic " + base64.b64encode((info["midtrans_server_key"] + ":").encode()).decode()}
    _, said = Http(info["simulators"]["midtrans"]).call("GET", f"/v2/{reference}/status", headers=head)
    if said.get("transaction_status") not in ("settlement", "refund", "partial_refund"):
        return 0, 0
    return int(float(said["gross_amount"])), sum(int(float(back["refund_amount"])) for back in said.get("refunds") or [])


def most(subject, suspensions):
    """How many mails may be alike: a renewal is announced, and an open one reminded of, on up to three days each; and
    whoever was suspended more than once was told so each time, and of the way back."""
    if subject.endswith(("ditangguhkan", "aktif kembali")):
        return suspensions
    return 3 if subject.startswith("Perpanjangan") or "lewat jatuh tempo" in subject else 1


def nothing_was_lost_or_doubled(shop, customer):
    who = customer.http.email
    bills = [customer.read(f"/api/panel/invoices/{row['id']}") for row in customer.all("/api/panel/invoices")]
    cycles = Counter((item["subscription_id"], item["period_start"]) for bill in bills for item in bill["items"]
                     if bill["kind"] == "renewal" and bill["status"] != "void" and bill["credited"] < bill["total"])
    twice = [cycle for cycle, times in cycles.items() if times > 1]
    assert not twice, f"{who}: cycles invoiced twice: {twice}"
    came, went = 0, 0
    for reference in customer.references:
        gross, back = at_the_bank(shop.house, reference)
        came, went = came + gross, went + back
    used = sum(max(0, min(bill["paid"], bill["total"] - bill["credited"])) for bill in bills)
    wallet = customer.read("/api/panel/wallet")["balance"]
    assert came - went == used + wallet, (
        f"{who}: the bank took {came} and gave back {went}; {used} was used and {wallet} lies in the wallet")
    letters = {mail["id"]: mail["subject"] for mail in shop.house.demo.mails(who)}
    trail = shop.staff.all(f"/api/whm/audit?target_type=subscription&target_id={customer.subscription}")
    suspensions = sum(1 for row in trail if row["action"] == "subscriptions.hold.place")
    doubled = {subject: times for subject, times in Counter(letters.values()).items()
               if times > most(subject, suspensions)}
    assert not doubled, f"{who} got mails twice: {doubled}"
    return len(bills), len(letters)


def paid_out_once(shop):
    """Every payment that a report tells stands in one of them as booked, however many tell it."""
    told = {line.split(",")[0] for report in shop.reports for line in report["content"].splitlines()[1:]}
    paid, ids = Counter(), {report["id"] for report in shop.reports}
    for report_id in ids:
        report = shop.staff.read(f"/api/whm/settlements/{report_id}")
        assert report["status"] == "booked", f"not booked: {report}"
        lines = shop.staff.all(f"/api/whm/settlements/{report_id}/lines")
        odd = [line for line in lines if line["status"] != "booked"]
        assert not odd, f"lines that do not fit: {odd[:5]}"
        net = sum(line["net"] for line in lines)
        assert report["net"] == net, f"{report_id} brought {net} and is booked as {report['net']}"
        paid.update(line["reference"] for line in lines)
    twice = [reference for reference, times in paid.items() if times > 1]
    assert not twice, f"paid out twice: {twice}"
    assert set(paid) == told, f"told and not paid out: {sorted(told - set(paid))[:5]}"
    assert ids, "no report of payouts was booked"
    return len(ids)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("binary", nargs="?", default="target/release/yumna")
    options.add_argument("--database-url")
    options.add_argument("--seed", type=int, default=int(time.time()))
    options.add_argument("--kills", type=int, default=100)
    options = options.parse_args()
    began = time.monotonic()
    house = House(options.binary, options.database_url)
    print(f"seed {options.seed}, folder {house.dir}", flush=True)
    shop = Shop(house, random.Random(options.seed))
    try:
        shop.opens(12)
        while house.kills < options.kills:
            shop.storm()
        shop.calms_down()
        bills, letters = 0, 0
        for customer in shop.customers:
            some = nothing_was_lost_or_doubled(shop, customer)
            bills, letters = bills + some[0], letters + some[1]
        for pay, amount in shop.refunded.items():
            told = shop.staff.read(f"/api/whm/payments/{pay}")
            assert told["refunded"] == amount, f"{pay}: {amount} was asked back once, {told['refunded']} went back"
        reports = paid_out_once(shop)
        moved = {"renewals": bills - len(shop.customers), "refunds": sum(1 for back in shop.refunded.values() if back),
                 "changes": shop.done["changes the plan"]}
        assert all(times > 2 for times in moved.values()), f"too little happened: {moved} {shop.done}"
    finally:
        house.demo.stop()
    code, said = ledger_verify(options.binary, house.demo.info["database_url"])
    assert code == 0, f"ledger verify: {said[-300:]}"
    print(json.dumps(shop.done, indent=1))
    print(f"ok: {bills} invoices, {letters} mails and {reports} reports of payouts through {house.kills} kills "
          f"in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    try:
        main()
    except (ApiError, AssertionError, LookupError, TypeError, Lost, *LOST) as error:
        print(f"falls short: {type(error).__name__}: {error}")
        sys.exit(1)
