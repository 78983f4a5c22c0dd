#!/usr/bin/env python3
"""The database locked, and the database gone, under a running demo.

usage: database.py [BINARY, default target/release/yumna]
SQLite: another process holds the write lock. PostgreSQL (a server of its own, made here and stopped here): it is
stopped while somebody orders and pays, and started again. Meanwhile pages and API answer 503 with Retry-After in the
caller's form and /health/ready says why; afterwards work goes on by itself and nothing is doubled.
Exits 0 and says what it did, or 1 and the first thing that is not so."""
import glob, json, os, shutil, sqlite3, subprocess, sys, tempfile, threading, time, urllib.error, urllib.request, uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "accept"))
from browser import cookies_of  # noqa: E402
from yumna_client import ApiError, Demo, Http, free_port, ledger_verify, order, plans_of, running, wait  # noqa: E402


def ask(url, method="GET", body=None, headers=None):
    """Status, headers and text of an answer, whatever it is."""
    request = urllib.request.Request(url, method=method, data=body, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=40) as answer:
            return answer.status, {k.title(): v for k, v in answer.headers.items()}, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, {k.title(): v for k, v in error.headers.items()}, error.read().decode()


def is_briefly_away(what, answer, form):
    status, headers, text = answer
    assert status == 503, f"{what}: {status} {text[:300]}"
    assert int(headers.get("Retry-After", "0")) > 0, f"{what}: no Retry-After: {headers}"
    if form == "problem":
        assert headers["Content-Type"].startswith("application/problem+json"), f"{what}: {headers['Content-Type']}"
        assert json.loads(text)["code"] == "DATABASE_UNAVAILABLE", f"{what}: {text}"
    else:
        assert headers["Content-Type"].startswith("text/html"), f"{what}: {headers['Content-Type']}"
        assert ("<html" in text) == (form == "page"), f"{what}: {text[:200]}"
    for secret in ("postgres", "sqlx", "os error", "database is locked"):
        assert secret not in text.lower(), f"{what} tells {secret!r}: {text[:400]}"


def bearer(me):
    return {"Authorization": "Bearer " + me.token, "Content-Type": "application/json"}


def order_body(plan):
    return json.dumps({"items": [{"plan": plan, "cycle": "monthly", "config": {}}]}).encode()


def goes_on(demo, me, plan, key):
    """Order, pay, run: once each, although the order was tried before and during the trouble."""
    placed = wait("an order after the trouble", lambda: tried(me, plan, key), 90)
    invoice = placed["invoice"]["id"]
    started = me.post(f"/api/panel/invoices/{invoice}/payments",
                      {"gateway": "midtrans", "method": "bank_transfer", "bank": "bca"}, want=201)
    demo.pay("midtrans", started["payment"]["reference"])
    running(me, 120)
    assert len(me.get("/api/panel/orders")["data"]) == 1 and len(me.get("/api/panel/invoices")["data"]) == 1
    assert me.get("/api/panel/wallet")["balance"] == 0


def tried(me, plan, key):
    status, answer = me.call("POST", "/api/panel/orders", json.loads(order_body(plan)), headers={"Idempotency-Key": key})
    return answer if status == 201 else None


def locked(binary):
    demo = Demo(binary)
    try:
        me, plan, key = demo.new_customer(), plans_of(demo.http, "n8n")[0]["code"], uuid.uuid4().hex
        file = demo.info["database_url"].split("sqlite://", 1)[1]
        holder = sqlite3.connect(file, isolation_level=None, timeout=30)
        holder.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        answers = {}
        asks = {
            "api": lambda: ask(demo.url + "/api/panel/orders", "POST", order_body(plan), {**bearer(me), "Idempotency-Key": key}),
            "read": lambda: ask(demo.url + "/api/panel/orders", headers=bearer(me)),
            "ready": lambda: ask(demo.url + "/health/ready"),
            "shop": lambda: ask(demo.url + "/"),
        }
        threads = [threading.Thread(target=lambda n=n, f=f: answers.update({n: f()})) for n, f in asks.items()]
        [t.start() for t in threads]
        [t.join() for t in threads]
        is_briefly_away("an order while SQLite is locked", answers["api"], "problem")
        for reads in ("read", "ready", "shop"):
            assert answers[reads][0] == 200, f"reading needs no lock: {reads} {answers[reads][:1]} {answers[reads][2][:200]}"
        took = time.monotonic() - began
        assert took < 30, f"answered after {took:.0f} s"
        holder.execute("ROLLBACK")
        holder.close()
        goes_on(demo, me, plan, key)
    finally:
        demo.stop()
    verify(binary, demo)
    return f"SQLite locked for {took:.0f} s"


class Postgres:
    """A server of its own."""

    def __init__(self):
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
        assert found, "PostgreSQL is not installed"
        self.bin, self.port = found[-1], free_port()
        self.dir = tempfile.mkdtemp(prefix="yumna-pg-")
        if os.getuid() == 0:
            shutil.chown(self.dir, "postgres")
        self.run(f"{self.bin}/initdb -D {self.dir}/data -A trust -U yumna")
        self.start()
        self.url = f"postgres://yumna@127.0.0.1:{self.port}/postgres"

    def run(self, command):
        argv = ["su", "postgres", "-s", "/bin/bash", "-c", command] if os.getuid() == 0 else ["bash", "-c", command]
        subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, cwd="/")

    def start(self):
        self.run(f"{self.bin}/pg_ctl -D {self.dir}/data -w -l {self.dir}/log "
                 f"-o '-p {self.port} -c fsync=off -c unix_socket_directories={self.dir}' start")

    def stop(self, mode="fast"):
        self.run(f"{self.bin}/pg_ctl -D {self.dir}/data -m {mode} stop")


def gone(binary):
    server = Postgres()
    try:
        demo = Demo(binary, ("--database-url", server.url))
        try:
            me, plan, key = demo.new_customer(), plans_of(demo.http, "n8n")[0]["code"], uuid.uuid4().hex
            page = {"Cookie": cookies_of(demo.url, demo.info["customer"]["email"], demo.info["customer"]["password"])}
            server.stop("immediate")
            began = time.monotonic()
            is_briefly_away("an order", ask(demo.url + "/api/panel/orders", "POST", order_body(plan),
                                            {**bearer(me), "Idempotency-Key": key}), "problem")
            is_briefly_away("the catalog", ask(demo.url + "/api/catalog/services"), "problem")
            is_briefly_away("the shop", ask(demo.url + "/"), "page")
            is_briefly_away("the panel", ask(demo.url + "/panel", headers=page), "page")
            is_briefly_away("a part of a page", ask(demo.url + "/panel/invoices", headers={
                **page, "HX-Request": "true", "HX-Request-Type": "partial"}), "part")
            hook = ask(demo.url + "/api/webhooks/midtrans/notification", "POST", b"{}", {"Content-Type": "application/json"})
            assert hook[0] == 503, f"a notification that cannot be stored: {hook}"
            status, headers, text = ask(demo.url + "/health/ready")
            assert status == 503 and "database" in json.loads(text)["reasons"][0], f"{status} {text}"
            assert ask(demo.url + "/health/live")[0] == 200
            server.start()
            wait("ready again", lambda: ask(demo.url + "/health/ready")[0] == 200, 30)
            away = time.monotonic() - began
            # Once more, in the middle of the work: paid, and the server is gone before the instance runs.
            placed = wait("an order after the trouble", lambda: tried(me, plan, key), 90)
            invoice = placed["invoice"]["id"]
            started = me.post(f"/api/panel/invoices/{invoice}/payments",
                              {"gateway": "midtrans", "method": "bank_transfer", "bank": "bca"}, want=201)
            demo.pay("midtrans", started["payment"]["reference"])
            time.sleep(0.7)
            server.stop("immediate")
            time.sleep(3)
            server.start()
            running(me, 120)
            assert len(me.get("/api/panel/orders")["data"]) == 1 and me.get("/api/panel/wallet")["balance"] == 0
            bill = me.get(f"/api/panel/invoices/{invoice}")
            assert bill["status"] == "paid" and bill["paid"] == bill["total"], bill
        finally:
            demo.stop()
        verify(binary, demo)
        return f"PostgreSQL gone for {away:.0f} s and again in the middle of provisioning"
    finally:
        try:
            server.stop("immediate")
        except subprocess.CalledProcessError:
            pass  # it was stopped already
        shutil.rmtree(server.dir, ignore_errors=True)


def verify(binary, demo):
    code, said = ledger_verify(binary, demo.info["database_url"])
    assert code == 0, f"ledger verify: {said[-300:]}"


def main(binary):
    began = time.monotonic()
    facts = [locked(binary), gone(binary)]
    print(f"ok: {'; '.join(facts)}; {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else "target/release/yumna")
    except (ApiError, AssertionError, LookupError, TypeError, ValueError, OSError) as error:
        print(f"falls short: {type(error).__name__}: {error}")
        sys.exit(1)
