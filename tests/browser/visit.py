"""One browser window that notices every error of a page, keeps pictures and asks axe-core about access."""
import os
import sys
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "accept"))
from yumna_client import wait  # noqa: E402

from axe_playwright_python.sync_playwright import Axe  # noqa: E402

OUTPUT = os.path.join(os.path.dirname(__file__), "..", "output", "browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]
SIZES = {"desktop": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
PASSWORD = "Panel-kuat-2026!"
# What was wrong on any page; asserted at the end, so that one run tells everything and keeps every picture.
TROUBLES = []
# Pages axe-core has seen: once per size is enough, the other looks differ in colours and words only.
ASKED = set()


def launch(play):
    return play.chromium.launch(executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=FLAGS)


class Visit:
    def __init__(self, browser, demo, size="desktop", theme="light", lang="id", javascript=True):
        self.demo = demo
        is_phone = size == "phone"
        self.context = browser.new_context(viewport=SIZES[size], color_scheme=theme, has_touch=is_phone, is_mobile=is_phone,
                                           locale="id-ID" if lang == "id" else "en-GB", java_script_enabled=javascript)
        self.page = self.context.new_page()
        self.troubles = []
        self.page.on("pageerror", lambda error: self.troubles.append(f"script: {error}"))
        self.page.on("console", self.heard)
        self.page.on("response", self.answered)
        self.size = size
        self.name = f"{size}-{theme}-{lang}" + ("" if javascript else "-plain")
        self.javascript = javascript

    def heard(self, message):
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.troubles.append(f"console: {message.text}")

    def answered(self, response):
        if response.status >= 500:
            self.troubles.append(f"{response.status}: {response.url}")

    def open(self, path, status=None):
        answer = self.page.goto(self.demo.url + path if path.startswith("/") else path)
        fits = answer.status == status if status else answer.status < 400
        assert fits, f"{path} answered {answer.status}"

    def shot(self, name, whole=True):
        """Keeps a picture; the page must not scroll sideways, and axe-core finds nothing on it."""
        os.makedirs(OUTPUT, exist_ok=True)
        self.page.screenshot(path=os.path.join(OUTPUT, f"{name}-{self.name}.png"), full_page=whole)
        if not self.javascript:
            return
        if self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"):
            self.troubles.append(f"{name} scrolls sideways")
        if (name, self.size) not in ASKED:
            ASKED.add((name, self.size))
            # What is still fading in is read with the colours of that moment.
            self.page.evaluate("Promise.all(document.getAnimations().filter(one => one.effect.getTiming().iterations !== Infinity)"
                               ".map(one => one.finished.catch(() => null)))")
            for violation in Axe().run(self.page).response["violations"]:
                node = violation["nodes"][0]
                self.troubles.append(f"{name}: {violation['id']}: {node['html'][:200]} {node.get('failureSummary', '')[:300]}")

    def see(self, path, name, status=None):
        self.open(path, status)
        self.shot(name)

    def links(self, path, beginning):
        """Addresses on the page `path` that begin so."""
        self.open(path)
        return self.page.eval_on_selector_all(
            f"main a[href^='{beginning}']", "all => [...new Set(all.map(link => link.getAttribute('href')))]")

    def submit(self, form="main form"):
        with self.page.expect_navigation():
            self.page.locator(f"{form} [type=submit]").first.click()

    def fill(self, **fields):
        for name, value in fields.items():
            self.page.fill(f"main [name={name}]", value)

    def done(self):
        self.context.close()
        TROUBLES.extend(f"{self.name}: {trouble}" for trouble in self.troubles)


def register(visit, name="Budi Santoso"):
    """Registers, opens the link of the mail, signs in; answers the address."""
    email = f"{uuid.uuid4().hex[:10]}@example.test"
    visit.open("/register")
    visit.fill(name=name, email=email, password=PASSWORD)
    for box in visit.page.locator("main form input[type=checkbox]").all():
        box.check()
    visit.submit()
    visit.shot("mail-sent")
    mail = wait("verification mail", lambda: [m for m in visit.demo.mails(email) if m["links"]], 20)[0]
    visit.open(mail["links"][0])
    visit.shot("verified")
    sign_in(visit, email, PASSWORD)
    return email


def sign_in(visit, email, password):
    visit.open("/login")
    visit.fill(email=email, password=password)
    visit.submit()


def sign_in_staff(visit):
    sign_in(visit, visit.demo.info["staff"]["email"], visit.demo.info["staff"]["password"])
