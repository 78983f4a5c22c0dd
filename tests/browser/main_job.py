#!/usr/bin/env python3
"""Yumna in a real browser: the main job (register, verify, buy n8n, pay, watch it come up), then every page and state in
its themes, languages and widths. Pictures go to tests/output/browser. No page may log an error, answer 500, scroll
sideways or have a finding of axe-core.

usage: main_job.py [path of the yumna binary, default target/release/yumna]
Needs Chromium and the Python packages playwright and axe-playwright-python (.ci/run installs them)."""
import sys

import screens
from visit import PASSWORD, TROUBLES, Visit, launch, register, sign_in, sign_in_staff
from yumna_client import Demo, login, running, wait

from playwright.sync_api import sync_playwright

LOOKS = (("desktop", "light", "id"), ("phone", "dark", "en"))
OTHER_LOOKS = (("desktop", "dark", "en"), ("phone", "light", "id"))
# As long as names get in life, to see what it does to the pages.
LONG_NAME = "Muhammad Abdurrahman Wiradikusuma Kartanegara Sastrowardoyo"


def buy(visit):
    """From the home page to the choice of a payment method."""
    page = visit.page
    visit.open("/catalog/n8n")
    with page.expect_navigation():
        page.locator("main .btn-primary").first.click()
    visit.shot("order")
    option(page, "priority", "138.750", "138,750")
    visit.shot("order-option")
    option(page, "", "55.500", "55,500")
    visit.submit("form.order-form")
    visit.shot("cart")
    visit.see("/checkout", "checkout")
    for box in page.locator("main form[action='/checkout'] input[type=checkbox]").all():
        box.check()
    page.locator("main form[action='/checkout'] [type=submit]").click()
    page.wait_for_url("**/pay", timeout=20_000)
    visit.shot("pay-choose")


def option(page, value, *totals):
    """The sum follows the choice of an option, and nothing on the page moves."""
    button = page.locator("form.order-form [type=submit]")
    before = button.bounding_box()
    page.locator("select[name='config.options.support']").select_option(value)
    page.wait_for_function(
        "totals => totals.some(total => document.querySelector('#order-first').textContent.includes(total))", arg=list(totals))
    if page.viewport_size["width"] > 600:
        assert button.bounding_box() == before, "the button moved"


def choose(visit, method):
    page = visit.page
    wanted = page.locator(f"main input[type=radio][value='{method}']")
    if page.locator(f"details.more-ways:not([open]) input[value='{method}']").count():
        page.locator("details.more-ways > summary").click()
    wanted.check(force=True)
    with page.expect_navigation():
        page.locator("main form:has(input[type=radio]) [type=submit]").first.click()
    page.wait_for_selector(".pay-live-note, .qr, .copyable-big")
    visit.shot("pay-" + method.replace(":", "-"))


def newest_payment(demo):
    return wait("payment", lambda: demo.staff().get("/api/whm/payments?limit=1")["data"][0], 10)


def main_job(visit, email):
    """Pays by virtual account and watches the service come up on the pay page."""
    buy(visit)
    choose(visit, "midtrans:bank_transfer:bca")
    visit.demo.pay("midtrans", newest_payment(visit.demo)["reference"])
    visit.page.wait_for_selector(".pay-done", timeout=20_000)
    visit.shot("pay-paid")
    return running(login(visit.demo.url, email, PASSWORD), 60)


def main(binary):
    demo = Demo(binary)
    try:
        with sync_playwright() as play:
            browser = launch(play)
            for look in LOOKS:
                visit = Visit(browser, demo, *look)
                screens.visitor(visit)
                email = register(visit, LONG_NAME)
                screens.newcomer(visit)
                subscription = main_job(visit, email)
                screens.service(visit, subscription)
                screens.customer(visit)
                screens.pay_methods(visit, email, choose)
                screens.trouble(visit, email)
                visit.done()
            for look in LOOKS + OTHER_LOOKS:
                visit = Visit(browser, demo, *look)
                if look in OTHER_LOOKS:
                    screens.visitor_short(visit)
                    sign_in(visit, email, PASSWORD)
                    screens.customer(visit)
                    visit.done()
                    visit = Visit(browser, demo, *look)
                sign_in_staff(visit)
                screens.staff(visit)
                if look in LOOKS:
                    screens.proof(visit)
                visit.done()
            screens.without_javascript(Visit(browser, demo, javascript=False))
            screens.mails(browser, demo)
            browser.close()
        assert not TROUBLES, "\n".join(TROUBLES)
        print("ok: the main job and every page in a browser, pictures in tests/output/browser")
        print("1 passed, 0 failed")
    finally:
        demo.stop()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "target/release/yumna")
