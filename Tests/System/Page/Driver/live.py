"""Checks of the page of an echod under traffic."""

import time

from accessibility import check_names, check_roles
from checks import expect, expect_equal, wait_for
from contrast import check_contrast
from keyboard import KeyboardChecks
from layout import TALL, check_width
from scriptless import check_without_scripts
from tap import Tap
from traffic import Traffic
from view import shown

EVERYBODY = ["0.0.0.0/0", "::/0"]
LISTENERS = [
    {"name": "echo-udp", "transport": "udp", "port": 0},
    {"name": "upper-tcp", "transport": "tcp", "port": 0, "service": "uppercase", "queues": 2},
    {"name": "limited", "transport": "udp", "port": 0, "rateLimit": {"perSecond": 10, "burst": 10}},
    {"name": "denied", "transport": "udp", "port": 0, "allow": ["192.0.2.0/24"]},
    {"name": "public", "transport": "udp", "address": "0.0.0.0", "port": 0, "allow": EVERYBODY},
    {"name": "impaired", "transport": "udp", "port": 0, "impair": {"seed": 1, "lossPercent": 50}},
    {"name": "six-tcp", "transport": "tcp", "address": "::1", "port": 0, "service": "discard"},
]
# How many answers are compared.
ANSWERS = 4


class LiveChecks:
    def __init__(self, session):
        self.browser = session.browser
        self.daemon = session.daemon(LISTENERS)
        self.tap = Tap(self.daemon)

    def answers(self):
        return self.tap.answers_to("/stats")

    def figures(self):
        index = 0
        for _ in range(ANSWERS):
            seen = shown(self.browser, self.answers, after=index)
            seen.expect_figures()
            seen.expect_rates()
            index = seen.index + 1
        answer = seen.answer
        received = {each["name"]: each["messages"]["received"] for each in answer["listeners"]}
        expect(all(received.values()), f"not every listener had traffic: {received}")
        dropped = {each["name"] for each in answer["listeners"] if each["dropped"]["total"]}
        expect(dropped >= {"limited", "denied"}, f"only {dropped} dropped something")

    def console(self):
        expect_equal(self.browser.console(), [], "the console")

    def requests(self):
        requests = self.browser.requests(self.tap.origin)
        expect(any(each.endswith("/stats") for each in requests), f"no request to /stats: {requests[:9]}")
        strangers = [each for each in requests if not each.startswith((self.tap.origin + "/", "data:"))]
        expect_equal(strangers[:9], [], "requests to others")

    def policy(self):
        policy = dict(self.tap.answers_to("/")[0].headers).get("Content-Security-Policy", "")
        expect("default-src 'none'" in policy, f"the policy begins with something else: {policy!r}")
        for word in ("unsafe-inline", "unsafe-eval", "*", "http:", "https:"):
            expect(word not in policy, f"{word} is in the policy {policy!r}")

    def hidden(self):
        """Another tab in front hides the page."""
        page = self.browser.driver.current_window_handle
        self.browser.script("""
            window.hiddenAt = null;
            addEventListener("visibilitychange", () => { hiddenAt = document.hidden ? performance.now() : hiddenAt; });
            """)
        self.browser.driver.switch_to.new_window("tab")
        try:
            # A request may be sent before the page learns that it is hidden.
            wait_for("the end of polling", lambda: self.is_quiet(3.2))
        finally:
            self.browser.driver.close()
            self.browser.driver.switch_to.window(page)
        expect(self.browser.script("return hiddenAt") is not None, "the page was never hidden")
        asked = self.tap.count("/stats")
        wait_for("polling of the visible page", lambda: self.tap.count("/stats") > asked + 1)
        shown(self.browser, self.answers, after=len(self.answers())).expect_figures()

    def is_quiet(self, seconds):
        """Whether the page requests nothing for this long, which is more than three polls."""
        asked = self.tap.count("/stats")
        time.sleep(seconds)
        return self.tap.count("/stats") == asked

    def run(self):
        browser = self.browser
        browser.size(*TALL)
        traffic = Traffic(self.daemon, [each["name"] for each in LISTENERS])
        browser.open(self.tap.origin + "/")
        browser.file("watch.js")
        yield "figures", self.figures
        keyboard = KeyboardChecks(browser, self.tap)
        yield "keyboard-reach", keyboard.reach
        yield "keyboard-focus", keyboard.focus_stays
        yield "keyboard-details", keyboard.details
        yield "keyboard-sort", keyboard.sort
        yield "keyboard-filter", keyboard.filter
        yield "hidden", self.hidden
        for scheme in ("light", "dark"):
            yield f"contrast-{scheme}", lambda: check_contrast(browser, scheme)
        yield "names", lambda: check_names(browser)
        yield "narrow", lambda: check_width(browser, 360)
        yield "roles", lambda: check_roles(browser, len(LISTENERS))
        yield "wide", lambda: check_width(browser, 1920)
        yield "console", self.console
        yield "requests", self.requests
        yield "policy", self.policy
        traffic.stop()
        yield "scriptless", lambda: check_without_scripts(browser, self.daemon)
