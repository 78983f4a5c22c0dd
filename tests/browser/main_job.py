#!/usr/bin/env python3
"""Yumna in a real browser: the main job (register, verify, buy n8n, pay, watch it come up), then every page and state in
its themes, languages and widths. Pictures go to tests/output/browser. No page may log an error, answer 500, scroll
sideways or have a finding of axe-core.

usage: main_job.py [BINARY, default target/release/yumna] [--size desktop|phone]
With a size only what is looked at in that size, so that two can run side by side; without one everything.
Needs Chromium and the Python packages playwright and axe-playwright-python (.ci/run installs them)."""
import argparse

import screens
from visit import PASSWORD, SIZES, TROUBLES, Visit, launch, register, sign_in, sign_in_staff
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


def main(binary, sizes):
    demo = Demo(binary)
    looks, other_looks = ([look for look in all_looks if look[0] in sizes] for all_looks in (LOOKS, OTHER_LOOKS))
    try:
        with sync_playwright() as play:
            browser = launch(play)
            for look in looks:
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
            for look in looks + other_looks:
                visit = Visit(browser, demo, *look)
                if look in other_looks:
                    screens.visitor_short(visit)
                    sign_in(visit, email, PASSWORD)
                    screens.customer(visit)
                    visit.done()
                    visit = Visit(browser, demo, *look)
                sign_in_staff(visit)
                screens.staff(visit)
                if look in looks:
                    screens.proof(visit)
                visit.done()
            if "desktop" in sizes:
                screens.without_javascript(Visit(browser, demo, javascript=False))
            if "phone" in sizes:
                screens.mails(browser, demo)
            browser.close()
        assert not TROUBLES, "\n".join(TROUBLES)
        print("ok: the main job and every page in a browser, pictures in tests/output/browser")
        print("1 passed, 0 failed")
    finally:
        demo.stop()


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("binary", nargs="?", default="target/release/yumna")
    options.add_argument("--size", choices=SIZES)
    options = options.parse_args()
    main(options.binary, [options.size] if options.size else list(SIZES))
