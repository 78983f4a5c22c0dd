#!/usr/bin/env python3
"""The commands as an operator types them, on SQLite and on PostgreSQL.

usage: commands.py [BINARY, default target/release/yumna] [--database-url URL of an empty PostgreSQL database]
migrate, seed, admin create, openapi, doctor (good and bad), health, ledger verify (whole and tampered with), serve,
worker, maintenance mode, changing the encryption key, and SIGTERM while streams are open and work is running.
Exits 0 and says what it did, or 1 and the first thing that is not so."""
import argparse, base64, json, os, re, signal, socket, socketserver, sqlite3, subprocess, sys, tempfile, threading, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "accept"))
from yumna_client import ApiError, Demo, Http, free_port, login, order, pay_invoice, plans_of, running, wait  # noqa: E402

PASSWORD = "Rahasia-kuat-2026!"


class Place:
    """A folder with a configuration file, as an operator would keep it."""

    def __init__(self, binary, database_url=None, extra=""):
        self.binary, self.dir = binary, tempfile.mkdtemp(prefix="yumna-commands-")
        self.port = free_port()
        self.file = os.path.join(self.dir, "yumna.toml")
        os.mkdir(os.path.join(self.dir, "data"))
        database = f'[database]\nurl = "{database_url}"\n' if database_url else ""
        if database_url:  # nodes on PostgreSQL share keys, so that none are made silently
            write_keys(os.path.join(self.dir, "data"), "k1", "k1")
        with open(self.file, "w") as file:
            file.write(f'[server]\nport = {self.port}\n[data]\ndir = "{self.dir}/data"\n{database}{extra}')

    def environment(self, **more):
        return {**{k: v for k, v in os.environ.items() if not k.startswith(("YUMNA", "DATABASE", "MIDTRANS"))}, **more}

    def run(self, *args, want=0, says=(), stdin=None, **more):
        began = time.monotonic()
        got = subprocess.run([self.binary, *args, "--config", self.file], input=stdin, capture_output=True, text=True,
                             timeout=60, env=self.environment(**more), stdin=None if stdin is not None else subprocess.DEVNULL)
        told = got.stdout + got.stderr
        assert got.returncode == want, f"{args}: exit {got.returncode}, not {want}: {told[-800:]}"
        for part in (says,) if isinstance(says, str) else says:
            assert part in told, f"{args}: {part!r} is missing in {told[-800:]}"
        assert time.monotonic() - began < 50, f"{args} took {time.monotonic() - began:.0f} s"
        return told

    def start(self, *args, **more):
        log = open(os.path.join(self.dir, "log.txt"), "ab")
        return subprocess.Popen([self.binary, *args, "--config", self.file], stdout=log, stderr=log,
                                env=self.environment(**more))

    def log(self):
        return open(os.path.join(self.dir, "log.txt")).read()


class MailServer:
    """As much of a mail server as somebody needs who asks whether it answers."""

    def __init__(self):
        class Talk(socketserver.StreamRequestHandler):
            def handle(self):
                self.wfile.write(b"220 mail.test\r\n")
                for line in self.rfile:
                    self.wfile.write(b"221 bye\r\n" if line.upper().startswith(b"QUIT") else b"250 mail.test\r\n")

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"smtp://127.0.0.1:{self.server.server_address[1]}"


def write_keys(folder, active, *ids, known={}):
    for key in ids:
        known.setdefault(key, base64.b64encode(os.urandom(32)).decode())
    lines = [f'{key} = "{known[key]}"' for key in ids]
    with open(os.path.join(folder, "keys.toml"), "w") as file:
        file.write(f'active = "{active}"\n[keys]\n' + "\n".join(lines) + "\n")


def ends(child, what):
    began = time.monotonic()
    child.send_signal(signal.SIGTERM)
    try:
        # 9 s are the program's own limit; the rest is for a machine on which several programs run.
        code = child.wait(12)
    except subprocess.TimeoutExpired:
        child.kill()
        raise ApiError(f"{what} did not end within 12 s of SIGTERM")
    assert code == 0, f"{what} ended with {code}"
    return time.monotonic() - began


def newcomer(binary, database_url):
    place = Place(binary, database_url)
    place.run("doctor", want=1, says="yumna migrate")
    for _ in range(2):
        place.run("migrate", says="up to date")
        place.run("seed", says="seeded")
    place.run("doctor", want=1, says="yumna admin create")
    place.run("health", want=1, says=f":{place.port}/health/live does not answer")

    server = place.start("serve", "--no-worker")
    wait("ready", lambda: is_ready(place), 30)
    assert "yumna admin create" in place.log(), "the first start says how to get in"
    assert Http(f"http://127.0.0.1:{place.port}").call("GET", "/", raw=True)[0] == 200
    place.run("health", says="answers")
    place.run("admin", "create", "--email", "ana@example.test", "--name", "Ana", stdin=PASSWORD + "\n", says="ok:")
    made = place.run("admin", "create", "--email", "budi@example.test", "--name", "Budi", says="shown once")
    shown = re.search(r"shown once\): (\S+)", made).group(1)
    url = f"http://127.0.0.1:{place.port}"
    for email, password in (("ana@example.test", PASSWORD), ("budi@example.test", shown)):
        me = login(url, email, password).get("/api/auth/me")
        assert "admin" in me["staff"]["roles"], me
    place.run("admin", "create", "--email", "ana@example.test", "--name", "Ana", want=2, says="already")
    place.run("admin", "create", "--email", "d@example.test", "--name", "D", "--role", "support", says="role support")
    place.run("admin", "create", "--email", "e@example.test", "--name", "E", "--role", "boss", want=2, says="boss")
    place.run("admin", "create", "--email", "ana", "--name", "Ana", want=2, says="email: ")
    place.run("admin", "create", "--email", "c@example.test", "--name", "C", stdin="123\n", want=2, says="password: ")
    worker_port = {"YUMNA__WORKER__PORT": str(free_port())}
    place.run("health", "--worker", want=2, says="worker.port")
    place.run("health", "--worker", want=1, says="does not answer", **worker_port)
    background = place.start("worker", **worker_port)
    worker = Http("http://127.0.0.1:" + worker_port["YUMNA__WORKER__PORT"])
    wait("the worker's answer", lambda: answers(worker, "/health/ready"), 30)
    place.run("health", "--worker", says="answers", **worker_port)
    assert b"yumna_jobs_waiting" in worker.call("GET", "/metrics", raw=True)[1], "the worker tells its numbers"
    took = [ends(background, "worker"), ends(server, "serve")]
    place.run("doctor", want=1, says=("the checklist", "trouble  mail: mail.url"))
    place.run("doctor", YUMNA__MAIL__URL="smtp://127.0.0.1:1", want=1, says="trouble  mail")
    place.run("ledger", "verify", says="ok: 0 postings")
    document = json.loads(subprocess.run([binary, "openapi"], capture_output=True, text=True, check=True).stdout)
    assert len(document["paths"]) > 50, document["paths"].keys()

    # Maintenance: reading goes on, changes wait, notifications still have a door.
    server = place.start("serve", YUMNA__SERVER__MAINTENANCE="true")
    wait("ready", lambda: is_ready(place), 30)
    http = Http(url)
    assert http.call("GET", "/", raw=True)[0] == 200 and http.call("GET", "/api/catalog/services")[0] == 200
    status, told = http.call("POST", "/api/auth/register", {"name": "N", "email": "n@example.test", "password": PASSWORD})
    assert status == 503 and told["code"] == "MAINTENANCE", (status, told)
    status, told = http.call("POST", "/api/webhooks/midtrans/notification", {"order_id": "x"})
    assert status in (400, 403, 404), f"the door of notifications is closed: {status} {told}"
    took.append(ends(server, "serve in maintenance"))
    place.run("seed", "--demo", says=("seeded", "shown once"))
    place.run("ledger", "verify", says="postings")
    return max(took)


def is_ready(place):
    return answers(Http(f"http://127.0.0.1:{place.port}"), "/health/ready")


def answers(http, path):
    try:
        return http.call("GET", path)[0] == 200
    except OSError:
        return False


def on_a_running_house(binary):
    demo = Demo(binary)
    house = demo.dir
    place = Place(binary, extra="")
    with open(place.file, "w") as file:
        file.write(f'[server]\nport = {place.port}\n[data]\ndir = "{house}"\n')
    sims = demo.info["simulators"]
    mail = MailServer()
    midtrans = {"YUMNA__MAIL__URL": mail.url, "MIDTRANS_SERVER_KEY": demo.info["midtrans_server_key"], "YUMNA__MIDTRANS__BASE_URL": sims["midtrans"]}
    place.run("doctor", says=("gateway", "cluster Jakarta 1", "every stored secret can be opened"), **midtrans)
    place.run("doctor", want=1, says="trouble  gateway", **{**midtrans, "MIDTRANS_SERVER_KEY": "SB-Mid-server-wrong"})

    # SIGTERM while a log is followed, a page listens and work runs against a cluster that is slow.
    me = demo.new_customer()
    placed = order(me, plans_of(demo.http, "n8n")[0]["code"])
    pay_invoice(demo, me, placed["invoice"]["id"])
    instance = running(me)["instance"]["id"]
    secret = me.get(f"/api/panel/instances/{instance}/credentials")
    stream = socket.create_connection(("127.0.0.1", int(demo.url.rsplit(":", 1)[1])))
    stream.sendall(f"GET /api/panel/instances/{instance}/logs?follow=true HTTP/1.1\r\nHost: x\r\n"
                   f"Authorization: Bearer {me.token}\r\n\r\n".encode())
    stream.settimeout(10)
    head = stream.recv(4096).decode("utf8", "replace")
    assert " 200 " in head.split("\r\n")[0] and "text/event-stream" in head.lower(), head
    demo.http.post("/demo/api/faults", {"target": "kubernetes", "fault": "delay", "times": 50, "ms": 60000})
    me.post(f"/api/panel/instances/{instance}/restart", want=202)
    time.sleep(0.5)
    stopped = ends(demo.child, "demo with an open stream and running work")

    place.run("doctor", want=1, says="trouble  cluster Jakarta 1", **midtrans)
    # The key is changed: old secrets stay readable, new ones get the new key, and a node without the old one is found.
    known = dict(re.findall(r'^(k\d) = "([^"]+)"', open(os.path.join(house, "keys.toml")).read(), re.M))
    write_keys(house, "k2", "k1", "k2", known=known)
    again = Demo(binary, data_dir=house)
    me = login(again.url, me.email, me.password)
    assert me.get(f"/api/panel/instances/{instance}/credentials") == secret, "a secret under the old key is lost"
    place.run("doctor", says=("active key k2", "other keys"), **midtrans)
    running(me)
    again.stop()
    write_keys(house, "k2", "k2", known=known)
    place.run("doctor", want=1, says="need key k1", **midtrans)
    # The hourly job seals everything anew, and the old key can go.
    write_keys(house, "k2", "k1", "k2", known=known)
    again = Demo(binary, data_dir=house)
    again.advance(hours=2)
    wait("sealed anew", lambda: "other keys" not in place.run("doctor", **midtrans), 30)
    again.stop()
    write_keys(house, "k2", "k2", known=known)
    again = Demo(binary, data_dir=house)
    me = login(again.url, me.email, me.password)
    assert me.get(f"/api/panel/instances/{instance}/credentials") == secret, "a secret is lost with the old key"
    place.run("doctor", says="every stored secret can be opened", **midtrans)
    again.stop()

    place.run("ledger", "verify", says="ok:")
    database = sqlite3.connect(demo.info["database_url"].split("sqlite://", 1)[1], isolation_level=None)
    entry, amount = database.execute("SELECT id, transaction_id FROM ledger_entries ORDER BY id LIMIT 1").fetchone()
    more = "UPDATE ledger_entries SET amount_minor = amount_minor + 1 WHERE id = ?"
    try:
        database.execute(more, (entry,))
        raise AssertionError("the database lets a posting be changed")
    except sqlite3.IntegrityError as refused:
        assert "append-only" in str(refused), refused
    database.execute("DROP TRIGGER ledger_entries_stay")
    database.execute(more, (entry,))
    told = place.run("ledger", "verify", want=1, says="broken: ")
    assert entry in told or amount in told, f"the tampered row {entry} ({amount}) is not named: {told[:500]}"
    database.execute("UPDATE ledger_entries SET amount_minor = amount_minor - 1 WHERE id = ?", (entry,))
    invoice = database.execute("SELECT id FROM invoices WHERE paid_minor > 5 AND refunded_minor = 0 LIMIT 1").fetchone()[0]
    database.execute("UPDATE invoices SET paid_minor = paid_minor - 5 WHERE id = ?", (invoice,))
    place.run("ledger", "verify", want=1, says=("broken: ", invoice))
    return stopped


def main():
    options = argparse.ArgumentParser()
    options.add_argument("binary", nargs="?", default="target/release/yumna")
    options.add_argument("--database-url")
    options = options.parse_args()
    began = time.monotonic()
    stops = [newcomer(options.binary, None)]
    if options.database_url:
        stops.append(newcomer(options.binary, options.database_url))
    stops.append(on_a_running_house(options.binary))
    print(f"ok: every command, stopped within {max(stops):.1f} s; {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    try:
        main()
    except (ApiError, AssertionError, LookupError, TypeError, ValueError, OSError, sqlite3.Error, subprocess.SubprocessError) as error:
        print(f"falls short: {type(error).__name__}: {error}")
        sys.exit(1)
