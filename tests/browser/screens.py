"""Every page and state, for the eye: who looks, and what there is to see."""
import os

from visit import OUTPUT, PASSWORD, register
from yumna_client import login, order, wait

STAFF_LISTS = ("customers", "orders", "invoices", "payments", "subscriptions", "instances", "tasks", "plans", "clusters", "quotes")
STAFF_PAGES = ("", "/reports/revenue", "/reports/mrr", "/reports/products", "/reports/quota", "/reports/ageing", "/reports/gateways", "/reports/wallets", "/reports/tax",
               "/reports/coretax", "/reports/journal", "/report-mails", "/coupons", "/coupons/new", "/products", "/products/new", "/categories", "/categories/new", "/templates/new", "/transfers", "/billing-day", "/books",
               "/books/periods", "/books/openings", "/books/deferred", "/waiting", "/quotes/new", "/drafts/new", "/take-over",
               "/take-over/new", "/unallocated", "/settlements", "/settlements/new", "/settlement-lines",
               "/not-paid-out", "/differences", "/disputes", "/approvals", "/alerts", "/jobs", "/audit", "/setup", "/settings", "/clusters/new", "/step-up")


def visitor_short(visit):
    for path, name in (("/", "home"), ("/catalog", "catalog"), ("/catalog/n8n", "plans")):
        visit.see(path, name)


def visitor(visit):
    visitor_short(visit)
    for path, name in (("/catalog?q=blog", "search"), ("/catalog?q=zzzz", "search-none"), ("/register", "register"),
                       ("/login", "login"), ("/forgot", "forgot"), ("/verify", "verify"), ("/reset/no-such-link", "reset"),
                       ("/cart", "cart-empty"), ("/terms", "terms"), ("/privacy", "privacy"), ("/demo/desk", "desk")):
        visit.see(path, name)
    visit.see("/verify/no-such-link", "verify-late", status=422)
    visit.see("/nowhere", "error-404", status=404)
    visit.open("/login")
    visit.fill(email="somebody@example.test", password="not the password")
    visit.submit()
    visit.shot("login-refused")
    visit.open("/register")
    visit.page.evaluate("document.querySelector('main form').noValidate = true")
    visit.fill(email="no address", password="short")
    visit.submit()
    visit.shot("register-refused")


def newcomer(visit):
    for path in ("", "/services", "/invoices", "/wallet", "/orders", "/quotes"):
        visit.see("/panel" + path, "empty-panel" + path.replace("/", "-"))


def customer(visit):
    for path in ("", "/services", "/invoices", "/orders", "/wallet", "/profile", "/profile/security"):
        visit.see("/panel" + path, "panel" + path.replace("/", "-"))
    for place in ("invoices", "orders"):
        visit.see(visit.links(f"/panel/{place}", f"/panel/{place}/")[0], f"panel-{place}-one")
    visit.see("/whm", "error-403", status=403)


def service(visit, subscription):
    page, home = visit.page, f"/panel/services/{subscription['instance']['id']}"
    visit.see(home, "service-running")
    page.locator("form[action$='/credentials'] [type=submit]").click()
    page.wait_for_selector("#credentials .copyable")
    visit.shot("service-credentials")
    visit.see(home + "/logs", "service-logs")
    visit.see(home + "/settings", "service-settings")
    page.fill("main [name='values.history_hours']", "72")
    visit.submit("form[action$='/settings']")
    visit.shot("service-settings-review")
    visit.see(home + "/activity", "service-history")
    visit.see(home + "/uptime", "service-uptime")
    visit.see(home + "/domains", "service-domains-none")
    visit.fill(host="toko.example.test")
    visit.submit()
    visit.shot("service-domains")
    page.locator("form[action$='/check'] [type=submit]").first.click()
    page.wait_for_selector(".state-sentence")
    visit.shot("service-domains-checked")
    visit.open(home)
    for question in ("confirm-stop", "cancel-later", "cancel-now"):
        page.locator(f".btn[data-dialog={question}]").click()
        page.wait_for_selector(f"#{question}[open]")
        visit.shot(f"service-ask-{question}", whole=False)
        page.keyboard.press("Escape")
    page.locator(".btn[data-dialog=confirm-stop]").click()
    page.locator("#confirm-stop [type=submit]").click()
    page.wait_for_selector(f"form[action='{home}/start']", timeout=20_000)
    visit.shot("service-stopped")
    staff = visit.demo.staff()
    staff.post("/api/whm/services/suspend", {"subscription_id": subscription["id"], "reason": "Spam report 2026/11"})
    wait("suspension", lambda: staff.get(f"/api/whm/instances/{subscription['instance']['id']}")["status"] == "suspended")
    visit.see(home, "service-suspended")


def pay_methods(visit, email, choose):
    """Each kind of instruction, and how an attempt ends that is not paid."""
    demo = visit.demo
    ordered = order(login(demo.url, email, PASSWORD), "wordpress-start")
    pay = f"/panel/invoices/{ordered['invoice']['id']}/pay"
    for method, end in (("midtrans:qris", "deny"), ("midtrans:echannel", "cancel"), ("midtrans:bank_transfer:permata", "expire")):
        visit.open(pay)
        choose(visit, method)
        reference = demo.staff().get("/api/whm/payments?limit=1")["data"][0]["reference"]
        demo.http.post(f"/demo/api/gateways/midtrans/{end}", {"reference": reference})
        visit.page.wait_for_selector("main input[type=radio]", timeout=20_000)
        visit.shot(f"pay-after-{end}")
    visit.see(visit.links("/panel/services", "/panel/subscriptions/")[0], "service-unpaid")
    visit.see(f"/panel/invoices/{ordered['invoice']['id']}", "invoice-open")
    for method in ("midtrans:gopay", "midtrans:cstore:alfamart"):
        visit.open(pay + "?change=1")
        choose(visit, method)
    visit.see(pay + "/entry?way=midtrans:ovo", "pay-entry-phone")
    by_card(visit, pay)


def by_card(visit, pay):
    """A card is read by the gateway's script, its bank asks for a proof and leads back."""
    page = visit.page
    visit.see(pay + "/entry?way=midtrans:credit_card", "pay-entry-card")
    page.locator("#card-number").fill("4811 1111 1111 1115")
    page.locator("#card-end").fill("12/30")
    page.locator("#card-code").fill("123")
    page.locator("[data-card] [type=submit]").click()
    page.wait_for_selector("[data-card-error]:not([hidden])", timeout=20_000)
    visit.shot("pay-entry-card-refused")
    page.locator("#card-number").fill("4811 1111 1111 1114")
    page.locator("[data-card] [type=submit]").click()
    page.wait_for_selector("[data-card-proof]", timeout=20_000)
    visit.shot("pay-card-proof")
    page.locator("[data-card-proof]").click()
    page.locator("#pay").click(timeout=20_000)
    page.wait_for_selector(".pay-done", timeout=20_000)
    visit.shot("pay-card-paid")


def trouble(visit, email):
    """A service whose cluster does not answer, from both sides, and then well again."""
    demo = visit.demo
    me = login(demo.url, email, PASSWORD)
    demo.http.post("/demo/api/faults", {"target": "kubernetes", "fault": "status_500", "times": 1000})
    try:
        ordered = order(me, "ghost-starter")
        path = f"/api/panel/invoices/{ordered['invoice']['id']}/payments"
        payment = me.post(path, {"gateway": "midtrans", "method": "qris"})["payment"]
        demo.pay("midtrans", payment["reference"])
        def newest():
            subscription = [row for row in me.get("/api/panel/subscriptions")["data"] if row["service"]["slug"] == "ghost"][0]
            return subscription["instance"]
        home = f"/panel/services/{wait('an instance', newest, 20)['id']}"
        visit.open(home)
        visit.page.wait_for_selector(".step-waiting, .step-running", timeout=20_000)
        visit.shot("service-in-trouble")
        visit.see("/demo/desk", "desk-with-faults")
        demo.http.post("/demo/api/clock/advance", {"seconds": 900})
        visit.see(home, "service-late")
        visit.see("/panel", "panel-late")
    finally:
        demo.http.call("DELETE", "/demo/api/faults")


def staff(visit):
    for path in STAFF_PAGES:
        visit.see("/whm" + path, "whm" + path.replace("/", "-"))
    for name in STAFF_LISTS:
        rows = visit.links(f"/whm/{name}", f"/whm/{name}/")
        visit.shot(f"whm-{name}")
        visit.see([row for row in rows if not row.endswith("/new")][0], f"whm-{name}-one")
    customer = [row for row in visit.links("/whm/customers", "/whm/customers/") if not row.endswith("/new")][0]
    visit.see(customer + "/statement", "whm-customer-statement")
    cluster = [row for row in visit.links("/whm/clusters", "/whm/clusters/") if not row.endswith("/new")][0]
    visit.see(cluster + "/capacity", "whm-cluster-capacity")
    machines = wait("a survey of the machines", lambda: visit.links(cluster + "/nodes", "/whm/nodes/"), 90)
    visit.shot("whm-cluster-nodes")
    visit.see(machines[0], "whm-node")
    for product in [row for row in visit.links("/whm/products", "/whm/products/") if not row.endswith("/new")]:
        for option in visit.links(product, "/whm/options/")[:1]:
            visit.see(product, "whm-product-one")
            visit.see(product + "/options/new", "whm-option-new")
            visit.see(option, "whm-option")
            visit.see(option + "/edit", "whm-option-edit")
    for path in visit.links("/whm/settings", "/whm/settings/"):
        visit.see(path, "whm-settings-" + path.split("/")[3])
    visit.see("/whm/invoices?status=overdue", "whm-invoices-none")
    visit.see("/whm/search?q=a", "whm-search")
    visit.see("/whm/search?q=zzzz", "whm-search-none")


def proof(visit):
    """Staff prove who they are in the middle of a form, and find it as they had filled it."""
    page = visit.page
    visit.open([row for row in visit.links("/whm/customers", "/whm/customers/") if not row.endswith("/new")][0])
    page.locator(".btn[data-dialog=wallet]").click()
    page.fill("#wallet [name=amount]", "15000")
    page.fill("#wallet [name=reason]", "Maaf atas gangguan kemarin")
    page.locator("#wallet [type=submit]").click()
    page.wait_for_url("**/whm/step-up**", timeout=20_000)
    visit.fill(proof=visit.demo.info["staff"]["password"])
    visit.submit()
    page.wait_for_selector("#wallet[open]", timeout=20_000)
    assert page.input_value("#wallet [name=amount]") == "15000", "what was typed is gone"
    assert page.input_value("#wallet [name=reason]") == "Maaf atas gangguan kemarin"
    visit.shot("whm-proof-given", whole=False)
    with page.expect_navigation():
        page.locator("#wallet [type=submit]").click()
    visit.shot("whm-wallet-adjusted", whole=False)
    assert not page.locator("dialog[open]").count(), "a form that was taken is not filled again"


def without_javascript(visit):
    """Registering and ordering are plain forms."""
    register(visit)
    visit.open("/catalog/ghost")
    with visit.page.expect_navigation():
        visit.page.locator("main .btn-primary").first.click()
    visit.submit("form.order-form")
    visit.open("/checkout")
    for box in visit.page.locator("main form[action='/checkout'] input[type=checkbox]").all():
        box.check()
    visit.page.locator("main form[action='/checkout'] [type=submit]").click()
    visit.page.wait_for_url("**/pay")
    visit.shot("pay-choose")
    visit.done()


def mails(browser, demo):
    """One mail of each kind, as read on a phone at night and at a desk by day."""
    kinds = {}
    for mail in demo.http.get("/demo/api/mail")["data"]:
        kinds.setdefault(" ".join(mail["subject"].split()[:2]), mail)
    for place, mail in enumerate(kinds.values()):
        for width, theme in ((390, "dark"), (700, "light")):
            context = browser.new_context(viewport={"width": width, "height": 400}, color_scheme=theme)
            page = context.new_page()
            page.set_content(mail["html"])
            page.screenshot(path=os.path.join(OUTPUT, f"mail-{place}-{width}-{theme}.png"), full_page=True)
            assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), mail["subject"]
            context.close()
