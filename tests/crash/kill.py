#!/usr/bin/env python3
"""kill -9 at any moment: customers order, pay and get their service while the whole process is killed again and again.

usage: kill.py [BINARY, default target/release/yumna] [--database-url URL] [--seed N] [--rounds N]
Without --database-url the demo's SQLite is used; with it an empty PostgreSQL database. The demo is also killed while it
makes its first data. Every customer keeps asking as a program would after a lost answer (same Idempotency-Key), and in
the end has exactly one order, invoice, settled payment, subscription, instance and mail of each kind; the books agree.
Exits 0 and says what it did, or 1 and the first thing that is not so."""
import argparse, json, os, random, sys, tempfile, threading, time, urllib.error, uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "accept"))
from yumna_client import ApiError, Demo, Http, free_port, is_up, ledger_verify, login, plans_of, wait  # noqa: E402

PASSWORD = "Panel-kuat-2026!"
# What a client sees when the process behind the port dies: these say nothing about what was done.
LOST = (urllib.error.URLError, ConnectionError, TimeoutError, OSError, json.JSONDecodeError, ValueError)
KINDS = ("verification", "invoice", "payment received", "service ready")


class House:
    """The demo on one folder and one port, killed and started again."""

    def __init__(self, binary, database_url, chance):
        self.binary, self.chance = binary, chance
        self.args = ("--database-url", database_url) if database_url else ()
        self.dir = tempfile.mkdtemp(prefix="yumna-kill-")
        self.demo, self.kills = None, 0
        self.url = None

    def start(self):
        self.demo = Demo(self.binary, self.args, data_dir=self.dir)
        self.url = self.demo.url

    def kill_while_it_begins(self, after):
        """Kills a start after so many seconds, ready or not."""
        import subprocess
        port = str(free_port())
        with open(os.path.join(self.dir, "log.txt"), "ab") as log:
            child = subprocess.Popen([self.binary, "demo", "--port", port, "--data-dir", self.dir, *self.args],
                                     stdout=log, stderr=log)
            time.sleep(after)
            assert child.poll() is None, f"the demo ended by itself with {child.returncode}: {self.dir}/log.txt"
            child.kill()
            child.wait()
        self.kills += 1

    def kill(self):
        self.demo.kill()
        self.kills += 1
        self.url = None


def insist(what, act, seconds=90):
    """Asks again until there is an answer: a lost answer or a 5xx says nothing."""
    end = time.monotonic() + seconds
    last = None
    while time.monotonic() < end:
        try:
            got = act()
            if got is not None:
                return got
        except ApiError as error:
            last = error
            if not any(sign in str(error) for sign in ("got 5", "got 409", "got 502")):
                raise
            if "got 409" in str(error) and "IN_FLIGHT" not in str(error) and "IN_PROGRESS" not in str(error):
                raise
        except LOST as error:
            last = error
        time.sleep(0.1)
    raise ApiError(f"{what}: no answer within {seconds} s ({last!r})")


class Customer(threading.Thread):
    """Somebody who buys one service and does not give up."""

    def __init__(self, house, number):
        super().__init__(daemon=True)
        self.house, self.number = house, number
        self.email = f"kill-{number}-{uuid.uuid4().hex[:8]}@example.test"
        self.token, self.trouble, self.facts, self.unheard = None, None, {}, 0

    def http(self):
        if self.house.url is None:
            raise ConnectionError("down")
        return Http(self.house.url, self.token)

    def call(self, method, path, body=None, key=None, want=(200, 201, 202)):
        headers = {"Idempotency-Key": key} if key else {}
        return self.http().expect(want, method, path, body, headers=headers, timeout=10)

    def signed(self, method, path, body=None, key=None, want=(200, 201, 202)):
        if self.token is None:
            answer = self.call("POST", "/api/auth/login", {"email": self.email, "password": PASSWORD})
            self.token = answer["access_token"]
        return self.call(method, path, body, key, want)

    def run(self):
        try:
            self.buy()
        except Exception as error:  # told by the main thread
            self.trouble = error

    def buy(self):
        register = {"name": f"Pelanggan {self.number}", "email": self.email, "password": PASSWORD}
        insist("register", lambda: self.call("POST", "/api/auth/register", register))

        def verified():
            mails = [m for m in self.call("GET", f"/demo/api/mail?to={self.email}")["data"] if m["links"]]
            if not mails:
                return None
            path = mails[-1]["links"][0].split("/", 3)[3]
            self.http().call("GET", "/" + path, raw=True)
            me = self.signed("GET", "/api/auth/me")
            return True if me["user"]["email_verified"] else None
        insist("verify", verified)

        plan = {"items": [{"plan": self.house.plan, "cycle": "monthly", "config": {}}]}
        order_key, pay_key = uuid.uuid4().hex, uuid.uuid4().hex
        placed = insist("order", lambda: self.signed("POST", "/api/panel/orders", plan, order_key))
        invoice = placed["invoice"]["id"]
        again = insist("order again", lambda: self.signed("POST", "/api/panel/orders", plan, order_key))
        assert again["order"]["id"] == placed["order"]["id"], "the same Idempotency-Key made a second order"
        how = {"gateway": "midtrans", "method": "bank_transfer", "bank": "bca"}

        def start(key):
            pay = insist("start to pay", lambda: self.signed("POST", f"/api/panel/invoices/{invoice}/payments", how, key))
            return pay["payment"]["reference"]
        reference = start(pay_key)

        def paid():
            nonlocal reference
            now = self.signed("GET", f"/api/panel/invoices/{invoice}")
            if now["status"] == "paid":
                return True
            if any(p["reference"] == reference and p["status"] == "failed" for p in now["payments"]):
                # Killed before the charge left: the gateway has said often enough that it never heard of it.
                self.unheard += 1
                reference = start(uuid.uuid4().hex)
            # Paying twice is refused by the bank; whether the first went through only the invoice tells.
            self.http().call("POST", "/demo/api/gateways/midtrans/pay", {"reference": reference}, timeout=10)
            return None
        # A charge that never left is given up after 105 s (`payments::timing`), and then there is another.
        insist("paid", paid, 300)

        def up():
            subscriptions = self.signed("GET", "/api/panel/subscriptions")["data"]
            return subscriptions[0] if subscriptions and is_up(subscriptions[0]) else None
        # A lease of a killed node runs 30 s on PostgreSQL, and every kill can cost one.
        self.facts = {"invoice": invoice, "subscription": insist("running", up, 240)["id"]}


def exactly_one(house, customer):
    me = login(house.url, customer.email, PASSWORD)
    who = customer.email

    def one(what, rows):
        assert len(rows) == 1, f"{who} has {len(rows)} {what}: {rows}"
        return rows[0]
    order = one("orders", me.get("/api/panel/orders")["data"])
    invoice = me.get("/api/panel/invoices/" + one("invoices", me.get("/api/panel/invoices")["data"])["id"])
    assert invoice["status"] == "paid" and invoice["paid"] == invoice["total"], f"{who}: {invoice}"
    one("settled payments", [p for p in invoice["payments"] if p["status"] == "succeeded"])
    subscription = one("subscriptions", me.get("/api/panel/subscriptions")["data"])
    assert is_up(subscription), f"{who}: {subscription}"
    assert me.get("/api/panel/orders/" + order["id"])["status"] in ("active", "completed"), f"{who}: {order}"
    wallet = me.get("/api/panel/wallet")
    assert wallet["balance"] == 0, f"{who} was paid back or charged twice: {wallet}"
    instance = subscription["instance"]["id"]
    assert subscription["instance"]["url"].startswith("http")
    assert me.get(f"/api/panel/instances/{instance}/credentials")["password"]
    staff_view = Http(house.url).get("/demo/api/kubernetes/objects")["data"]
    mine = [o for o in staff_view if o["object"].get("metadata", {}).get("labels", {}).get("yumna.dev/instance") == instance]
    one("ingresses", [o for o in mine if o["kind"] == "Ingress"])
    namespaces = {o["namespace"] for o in mine if o.get("namespace")}
    one("namespaces", sorted(namespaces))
    others = {o["object"]["metadata"]["labels"]["yumna.dev/instance"] for o in staff_view
              if o.get("namespace") in namespaces and o["object"].get("metadata", {}).get("labels", {}).get("yumna.dev/instance")}
    one("instances in the cluster", sorted(others))

    def mails():
        rows = Http(house.url).get(f"/demo/api/mail?to={who}")["data"]
        # A mail whose acceptance was lost by the kill goes again under the same Message-ID: one mail to its reader.
        letters = {row["id"]: row["subject"] for row in rows}
        return letters if len(letters) >= len(KINDS) else None
    letters = wait(f"mails of {who}", mails, 60)
    subjects = sorted(letters.values())
    assert len(set(subjects)) == len(subjects), f"{who} got a mail twice: {subjects}"
    assert len(subjects) == len(KINDS), f"{who} got {subjects}, expected one each of {KINDS}"


def main():
    options = argparse.ArgumentParser()
    options.add_argument("binary", nargs="?", default="target/release/yumna")
    options.add_argument("--database-url")
    options.add_argument("--seed", type=int, default=int(time.time()))
    options.add_argument("--rounds", type=int, default=6)
    options = options.parse_args()
    chance = random.Random(options.seed)
    began = time.monotonic()
    house = House(options.binary, options.database_url, chance)
    print(f"seed {options.seed}, folder {house.dir}")
    for _ in range(4):
        house.kill_while_it_begins(chance.uniform(0.02, 1.2))
    house.start()
    try:
        assert login(house.url, house.demo.info["customer"]["email"], house.demo.info["customer"]["password"]).get(
            "/api/panel/invoices")["data"], "the demo's past is not whole"
        house.plan = plans_of(Http(house.url), "n8n")[0]["code"]
        customers = []
        for number in range(options.rounds):
            customers.append(Customer(house, number))
            customers[-1].start()
            for _ in range(2):
                time.sleep(chance.uniform(0.05, 1.6))
                house.kill()
                house.start()
                for customer in customers:
                    if customer.trouble:
                        raise customer.trouble
        for customer in customers:
            customer.join(600)
            if customer.trouble:
                raise customer.trouble
            assert not customer.is_alive(), f"{customer.email} still waits"
        drained = Http(house.url).post("/demo/api/jobs/drain", timeout=130)
        assert drained["failed"] == 0 and drained["remaining"] == 0, drained
        for customer in customers:
            exactly_one(house, customer)
        tasks = house.demo.staff().get("/api/whm/tasks?limit=200")["data"]
        failed = [task for task in tasks if task["status"] != "succeeded"]
        assert not failed, f"tasks that did not succeed: {failed}"
    finally:
        house.demo.stop()
    code, said = ledger_verify(options.binary, house.demo.info["database_url"])
    assert code == 0, f"ledger verify: {said[-300:]}"
    unheard = sum(customer.unheard for customer in customers)
    print(f"ok: {len(customers)} customers served through {house.kills} kills, {unheard} of them charged again after a "
          f"charge that never left, in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    try:
        main()
    except (ApiError, AssertionError, LookupError, TypeError, *LOST) as error:
        print(f"falls short: {type(error).__name__}: {error}")
        sys.exit(1)
