#!/usr/bin/env python3
"""The main job in a real browser: register, verify, buy n8n, pay, watch it come up; then staff look at it.

usage: main_job.py [path of the yumna binary, default target/release/yumna]
Screenshots go to tests/output/browser. Needs Chromium and the Python package playwright (.ci/run installs both)."""
import os
import sys
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "accept"))
from yumna_client import Demo, wait  # noqa: E402

from playwright.sync_api import sync_playwright  # noqa: E402

OUTPUT = os.path.join(os.path.dirname(__file__), "..", "output", "browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]
SIZES = {"desktop": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
PASSWORD = "Panel-kuat-2026!"


class Visit:
    """One browser window that notices every error of the page."""

    def __init__(self, browser, demo, size="desktop", theme="light", lang="id"):
        self.demo = demo
        self.context = browser.new_context(viewport=SIZES[size], color_scheme=theme, locale="id-ID" if lang == "id" else "en-GB")
        self.page = self.context.new_page()
        self.troubles = []
        self.page.on("pageerror", lambda error: self.troubles.append(f"script: {error}"))
        self.page.on("console", self.heard)
        self.page.on("response", self.answered)
        self.name = f"{size}-{theme}-{lang}"

    def heard(self, message):
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.troubles.append(f"console: {message.text}")

    def answered(self, response):
        if response.status >= 500:
            self.troubles.append(f"{response.status}: {response.url}")

    def open(self, path):
        answer = self.page.goto(self.demo.url + path if path.startswith("/") else path)
        assert answer.status < 400, f"{path} answered {answer.status}"

    def shot(self, name):
        os.makedirs(OUTPUT, exist_ok=True)
        self.page.screenshot(path=os.path.join(OUTPUT, f"{name}-{self.name}.png"), full_page=True)
        wide = self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1")
        assert not wide, f"{name} scrolls sideways at {self.name}"

    def done(self):
        self.context.close()
        assert not self.troubles, "\n".join(self.troubles)


def register(visit):
    email = f"{uuid.uuid4().hex[:10]}@example.test"
    visit.open("/register")
    visit.shot("register")
    page = visit.page
    page.fill("[name=name]", "Budi Santoso")
    page.fill("[name=email]", email)
    page.fill("[name=password]", PASSWORD)
    for box in page.locator("main form input[type=checkbox]").all():
        box.check()
    page.locator("main form [type=submit]").first.click()
    page.wait_for_load_state()
    mail = wait("verification mail", lambda: [m for m in visit.demo.mails(email) if m["links"]], 20)[0]
    visit.open(mail["links"][0])
    return email


def sign_in(visit, email, password, path="/login"):
    visit.open(path)
    visit.page.fill("[name=email]", email)
    visit.page.fill("[name=password]", password)
    visit.page.locator("main form [type=submit]").first.click()
    visit.page.wait_for_load_state()


def buy(visit):
    page = visit.page
    visit.open("/")
    visit.shot("home")
    visit.open("/catalog")
    visit.shot("catalog")
    visit.open("/catalog/n8n")
    visit.shot("service")
    page.locator("main .btn-primary").first.click()
    page.wait_for_load_state()
    visit.shot("order")
    page.locator("form.order-form [type=submit]").click()
    page.wait_for_load_state()
    visit.shot("cart")
    visit.open("/checkout")
    visit.shot("checkout")
    for box in page.locator("main form[action='/checkout'] input[type=checkbox]").all():
        box.check()
    page.locator("main form[action='/checkout'] [type=submit]").click()
    page.wait_for_url("**/pay", timeout=20_000)
    visit.shot("pay-choose")


def pay(visit):
    page = visit.page
    page.locator("main input[type=radio][value*=bca]").first.check(force=True)
    page.locator("main form:has(input[type=radio]) [type=submit]").first.click()
    page.wait_for_load_state()
    visit.shot("pay-instructions")
    staff = visit.demo.staff()
    payment = wait("payment", lambda: staff.get("/api/whm/payments?limit=1")["data"][0], 10)
    visit.demo.pay("midtrans", payment["reference"])


def running(visit, email):
    from yumna_client import login, running as is_running
    sub = is_running(login(visit.demo.url, email, PASSWORD), 60)
    page = visit.page
    visit.open("/panel")
    visit.shot("panel")
    visit.open("/panel/services")
    visit.shot("services")
    visit.open(f"/panel/services/{sub['instance']['id']}")
    visit.shot("service-running")
    visit.open("/panel/invoices")
    visit.shot("invoices")
    visit.open("/panel/wallet")
    visit.shot("wallet")
    visit.open("/panel/profile")
    visit.shot("profile")
    assert page.locator("h1").count() == 1
    return sub


def staff_pages(visit):
    for path in ("", "/customers", "/orders", "/invoices", "/payments", "/subscriptions", "/instances", "/tasks",
                 "/plans", "/clusters", "/jobs", "/audit", "/setup", "/settings"):
        visit.open("/whm" + path)
        visit.shot("whm" + path.replace("/", "-"))


def main(binary):
    demo = Demo(binary)
    try:
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=FLAGS)
            visit = Visit(browser, demo)
            email = register(visit)
            sign_in(visit, email, PASSWORD)
            buy(visit)
            pay(visit)
            running(visit, email)
            visit.done()
            for size, theme, lang in (("phone", "dark", "en"), ("phone", "light", "id"), ("desktop", "dark", "en")):
                other = Visit(browser, demo, size, theme, lang)
                sign_in(other, email, PASSWORD)
                running(other, email)
                for path, name in (("/", "home"), ("/catalog", "catalog"), ("/catalog/n8n", "service")):
                    other.open(path)
                    other.shot(name)
                other.done()
            for size, theme in (("desktop", "light"), ("phone", "dark")):
                staff = Visit(browser, demo, size, theme)
                sign_in(staff, demo.info["staff"]["email"], demo.info["staff"]["password"])
                staff_pages(staff)
                staff.done()
            browser.close()
        print("ok: the main job in a browser, screenshots in tests/output/browser")
        print("1 passed, 0 failed")
    finally:
        demo.stop()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "target/release/yumna")
