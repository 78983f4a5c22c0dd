#!/usr/bin/env python3
"""Every fault of every simulator, over HTTP against a running demo.

usage: faults.py [BINARY, default target/release/yumna]
For each fault of the contract, at the charge, at the status call, at the notification and at each part of the cluster:
an outcome that is unknown is told as neither paid nor failed, and once the fault is gone everything comes to exactly one
settled payment and one running instance. Faults that do not fit are 422. What people read meanwhile is a sentence.
Exits 0 and says what it did, or 1 and the first thing that is not so."""
import html, os, re, sys, time, uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "accept"))
from browser import cookies_of  # noqa: E402
from yumna_client import ApiError, Demo, Http, is_up, ledger_verify, order, plans_of, wait  # noqa: E402

WIRE = ("delay", "timeout_before", "timeout_after_effect", "status_500", "status_429", "malformed", "drop_connection")
REPORTS = ("duplicate_webhook", "late_webhook", "reordered_webhook", "webhook_before_response", "wrong_signature")
FITS = {"midtrans": WIRE + REPORTS, "kubernetes": WIRE,
        "mail": ("delay", "status_500", "status_429", "drop_connection", "timeout_after_effect")}
# How long a silent or late answer takes: shorter than any client waits, so that this program ends in bounded time.
MS = 400
BANK = {"gateway": "midtrans", "method": "bank_transfer", "bank": "bca"}
OPEN = ("pending", "unknown", "created")


def fault(demo, target, kind, match=None, times=1):
    body = {"target": target, "fault": kind, "times": times, "ms": MS}
    if match:
        body["match"] = match
    demo.http.post("/demo/api/faults", body, want=(200, 201, 202, 204))


def payments(me, invoice):
    return me.get(f"/api/panel/invoices/{invoice}")["payments"]


def check_once(demo, me, invoice, case):
    bill = me.get(f"/api/panel/invoices/{invoice}")
    settled = [p for p in bill["payments"] if p["status"] == "succeeded"]
    assert bill["status"] == "paid" and bill["paid"] == bill["total"] and len(settled) == 1, f"{case}: {bill}"
    subscriptions = me.get("/api/panel/subscriptions")["data"]
    assert len(subscriptions) == 1 and is_up(subscriptions[0]), f"{case}: {subscriptions}"
    assert me.get("/api/panel/wallet")["balance"] == 0, f"{case}: money went astray"
    instance = subscriptions[0]["instance"]["id"]
    objects = demo.http.get("/demo/api/kubernetes/objects")["data"]
    mine = [o for o in objects if (o["object"].get("metadata", {}).get("labels") or {}).get("yumna.dev/instance") == instance]
    assert len([o for o in mine if o["kind"] == "Ingress"]) == 1, f"{case}: not exactly one way in"
    space = {o["namespace"] for o in mine if o.get("namespace")}
    ids = {(o["object"].get("metadata", {}).get("labels") or {}).get("yumna.dev/instance") for o in objects
           if o.get("namespace") in space} - {None}
    assert ids == {instance}, f"{case}: {ids} in the customer's namespace"


def one_more_step(demo, me, invoice):
    """What the customer does next; True once he has what he bought."""
    bill = me.get(f"/api/panel/invoices/{invoice}")
    if bill["status"] == "paid":
        return any(is_up(s) for s in me.get("/api/panel/subscriptions")["data"])
    waiting = [p for p in bill["payments"] if p["status"] in OPEN]
    if not waiting:
        me.call("POST", f"/api/panel/invoices/{invoice}/payments", BANK)
    for payment in waiting:
        if payment["status"] == "pending":
            demo.http.call("POST", "/demo/api/gateways/midtrans/pay", {"reference": payment["reference"]})
    return False


def converge(demo, cases, rounds=14):
    """Time goes by; customers pay what asks for money, and start anew where nothing does. In the end everybody has
    exactly what he bought. The cases go through it together."""
    left = list(cases)
    for _ in range(rounds):
        left = [case for case in left if not one_more_step(demo, *case[:2])]
        if not left:
            break
        demo.http.post("/demo/api/clock/advance", {"seconds": 30})
        drained = demo.http.post("/demo/api/jobs/drain", timeout=130)
        assert drained["failed"] == 0 and drained["remaining"] == 0, f"{[c[2] for c in left]}: {drained}"
        time.sleep(0.1)  # the cluster works in real time
    demo.http.call("DELETE", "/demo/api/faults")
    for me, invoice, case in left:
        raise ApiError(f"{case}: still {me.get(f'/api/panel/invoices/{invoice}')} {me.get('/api/panel/subscriptions')}")
    for me, invoice, case in cases:
        check_once(demo, me, invoice, case)
    return len(cases)


def buyer(demo, plan):
    me = demo.new_customer()
    return me, order(me, plan)["invoice"]["id"]


def at_the_charge(demo, plan):
    cases = []
    for kind in WIRE + ("webhook_before_response",):
        case = f"midtrans {kind} at the charge"
        me, invoice = buyer(demo, plan)
        fault(demo, "midtrans", kind, "/charge" if kind in WIRE else None)
        status, answer = me.call("POST", f"/api/panel/invoices/{invoice}/payments", BANK)
        bill = me.get(f"/api/panel/invoices/{invoice}")
        assert bill["status"] == "issued" and bill["paid"] == 0, f"{case}: {bill}"
        if status == 201:
            assert answer["payment"]["status"] in OPEN, f"{case}: {answer}"
        else:
            assert status in (409, 422, 502, 503), f"{case}: {status} {answer}"
            assert answer["code"].isupper() and len(answer["detail"]) > 10, f"{case}: {answer}"
        if kind in ("timeout_after_effect", "malformed"):
            # It was charged, though the answer was lost: asked for at once, or not known yet; never failed.
            assert status == 201 and answer["payment"]["status"] in ("pending", "unknown"), f"{case}: {status} {answer}"
        demo.http.call("DELETE", "/demo/api/faults")
        cases.append((me, invoice, case))
    return converge(demo, cases)


def at_the_status(demo, plan):
    cases = []
    for kind in WIRE:
        case = f"midtrans {kind} at the status call"
        me, invoice = buyer(demo, plan)
        payment = me.post(f"/api/panel/invoices/{invoice}/payments", BANK, want=201)["payment"]
        fault(demo, "midtrans", kind, f"/{payment['reference']}/status", times=2)
        demo.pay("midtrans", payment["reference"])
        time.sleep(0.3)
        seen = {p["status"] for p in payments(me, invoice)}
        assert seen <= {"pending", "unknown", "succeeded"}, f"{case}: {seen}"
        cases.append((me, invoice, case))
    return converge(demo, cases)


def at_the_report(demo, plan):
    cases = []
    for kind in REPORTS:
        me, invoice = buyer(demo, plan)
        payment = me.post(f"/api/panel/invoices/{invoice}/payments", BANK, want=201)["payment"]
        fault(demo, "midtrans", kind)
        demo.pay("midtrans", payment["reference"])
        time.sleep(0.3)
        cases.append((me, invoice, f"midtrans {kind}"))
    return converge(demo, cases)


def space_of(me):
    """The customer's namespace."""
    return "user-" + me.get("/api/auth/me")["customers"][0]["id"].split("_")[1].lower()


def at_the_cluster(demo, plan):
    cases = []
    for kind in WIRE:
        for part in ("", "/deployments"):
            me, invoice = buyer(demo, plan)
            fault(demo, "kubernetes", kind, f"/namespaces/{space_of(me)}{part}", times=2)
            payment = me.post(f"/api/panel/invoices/{invoice}/payments", BANK, want=201)["payment"]
            demo.pay("midtrans", payment["reference"])
            cases.append((me, invoice, f"kubernetes {kind} at {part or 'anything'}"))
    done = converge(demo, cases)
    spent = [t for t in demo.staff_http.get("/api/whm/tasks?limit=200")["data"] if t["attempts"] > 0]
    assert not spent, f"trouble that passes spent an attempt: {spent}"
    return done


def page_text(demo, me, path):
    status, text = me.call("GET", path, raw=True, headers={"Accept": "text/html", "Cookie": me.cookie})
    assert status == 200, f"{path}: {status}"
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text.decode())))


def people_read(demo, plan):
    """A cluster that is gone, an image, a volume or room that is missing: what its owner reads."""
    scenes = [
        ("unavailable", "Klaster sedang tidak menjawab", lambda on, space: fault(demo, "kubernetes", "drop_connection", None, 1000)
            if on else demo.http.call("DELETE", "/demo/api/faults")),
        ("image_pull", "belum dapat diunduh", lambda on, space: act(demo, "image_pull_error", {"namespace": space}) if on else act(demo, "heal", {})),
        ("volume_pending", "Menunggu penyimpanan", lambda on, space: act(demo, "pending_volume", {"on": on})),
        ("no_room", "Semua mesin sedang penuh", lambda on, space: act(demo, "no_room", {"on": on})),
    ]
    for code, sentence, switch in scenes:
        me, invoice = buyer(demo, plan)
        me.cookie = cookies_of(demo.url, me.email, me.password)
        payment = me.post(f"/api/panel/invoices/{invoice}/payments", BANK, want=201)["payment"]
        space = space_of(me)
        switch(True, space)
        demo.pay("midtrans", payment["reference"])

        def stuck():
            subscription = me.get("/api/panel/subscriptions")["data"][0]
            instance = (subscription["instance"] or {}).get("id")
            if not instance:
                return None
            tasks = demo.staff_http.get("/api/whm/tasks?limit=1")["data"][0]
            shown = me.get(f"/api/panel/instances/{instance}")
            steps = [s.get("reason") for s in me.get(f"/api/panel/tasks/{tasks['id']}")["steps"]]
            return shown if code in steps + [shown["reason"]] else None
        shown = wait(f"{code} told", stuck, 30)
        assert shown["status"] not in ("running", "terminated"), f"{code}: {shown}"
        bill = me.get(f"/api/panel/invoices/{invoice}")
        assert bill["status"] == "paid", f"{code}: the money is safe meanwhile: {bill}"
        text = page_text(demo, me, f"/panel/services/{shown['id']}")
        assert sentence in text, f"{code}: {sentence!r} is not on the service's page: {text[:1500]}"
        switch(False, space)
        converge(demo, [(me, invoice, code)])
    return len(scenes)


def act(demo, name, body):
    demo.http.post(f"/demo/api/kubernetes/{name}", body, want=202)


def by_mail(demo):
    for kind in FITS["mail"]:
        email = f"{uuid.uuid4().hex[:10]}@example.test"
        fault(demo, "mail", kind, email)
        demo.http.post("/api/auth/register", {"name": "Budi", "email": email, "password": "Panel-kuat-2026!"}, want=201)

        def came():
            demo.http.post("/demo/api/clock/advance", {"seconds": 30})
            demo.http.post("/demo/api/jobs/drain", timeout=130)
            return {m["id"] for m in demo.mails(email)} or None
        if kind == "status_500":
            # The reader's server says no for good: staff see it, nobody asks again.
            demo.http.post("/demo/api/jobs/drain", timeout=130)
            assert not demo.mails(email), f"mail {kind}: came although it was refused"
        else:
            assert len(wait(f"mail after {kind}", came, 30)) == 1, f"mail {kind}: more than one mail"
        demo.http.call("DELETE", "/demo/api/faults")
    return len(FITS["mail"])


def refused(demo):
    wrong = [{"target": "nobody", "fault": "delay"}, {"target": "midtrans", "fault": "meteor"}, {"target": "midtrans"}]
    everything = {kind for kinds in FITS.values() for kind in kinds}
    wrong += [{"target": t, "fault": k} for t, kinds in FITS.items() for k in sorted(everything - set(kinds))]
    for body in wrong:
        status, answer = demo.http.call("POST", "/demo/api/faults", {"times": 1, **body})
        assert status == 422 and answer["code"] == "VALIDATION_FAILED", f"{body}: {status} {answer}"
    assert demo.http.get("/demo/api/faults")["data"] == []
    return len(wrong)


def main(binary):
    began = time.monotonic()
    demo = Demo(binary)
    try:
        demo.staff_http = demo.staff()
        plan = plans_of(demo.http, "ghost")[0]["code"]
        counts = {
            "refused": refused(demo), "charge": at_the_charge(demo, plan), "status": at_the_status(demo, plan),
            "report": at_the_report(demo, plan), "cluster": at_the_cluster(demo, plan), "mail": by_mail(demo),
            "read by people": people_read(demo, plan),
        }
    finally:
        demo.stop()
    code, said = ledger_verify(binary, demo.info["database_url"])
    assert code == 0, f"ledger verify: {said[-300:]}"
    print("ok: " + ", ".join(f"{n} {what}" for what, n in counts.items()) + f"; {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else "target/release/yumna")
    except (ApiError, AssertionError, LookupError, TypeError, ValueError, OSError) as error:
        print(f"falls short: {type(error).__name__}: {error}")
        sys.exit(1)
