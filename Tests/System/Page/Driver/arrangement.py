"""The order and the filter of the rows, which the page's address keeps."""

import answers
from checks import Failure, expect_equal, wait_for
from tap import Answer
from view import View

LISTENERS = [
    answers.listener("bravo", messages=5), answers.listener("alpha", messages=20, size=2, transport="tcp"),
    answers.listener("delta", messages=10, size=9), answers.listener("charlie", messages=1, transport="tcp"),
]
CONFIGURED = [each["name"] for each in LISTENERS]
# Characters that have a meaning in an address, and others.
ODD = "a&b=#%+ c?\"<\u00fc\U0001f99c"
# Parts of an address that say nothing of use.
RUBBISH = ["sort=__proto__", "sort=constructor", "sort=--messages", "sort=-", "sort", "=&=&&", "%E0%A4%A", "%", "udp",
           "sort=messages%00"]


class ArrangementChecks:
    def __init__(self, browser, tap):
        self.browser, self.tap = browser, tap
        self.now = 500.0

    def answer(self, path):
        if not path.startswith("/stats"):
            return None
        self.now += 1
        return Answer.json(answers.stats(self.now, LISTENERS))

    def open(self, part=""):
        """Opens the page in a new document, with this part of the address."""
        self.tap.instead = self.answer
        self.browser.open("about:blank")
        self.browser.open(f"{self.tap.origin}/{part}")
        wait_for("an answer", lambda: View(self.browser).uptime > 500)

    def opened(self):
        self.open("#sort=-messages&filter=udp")
        self.expect_rows(["delta", "bravo"], {"messages": "descending"}, "udp")
        self.open("#sort=name")
        self.expect_rows(sorted(CONFIGURED), {"name": "ascending"})
        self.open("#filter=tcp+alpha")
        self.expect_rows(["alpha"], {}, "tcp alpha")
        self.browser.console()
        for part in RUBBISH:
            self.open("#" + part)
            self.expect_rows(CONFIGURED, {})
        expect_equal(self.browser.console(), [], "the console")

    def written(self):
        self.open()
        entries = self.browser.script("return history.length")
        self.click("messages")
        self.expect_address("#sort=-messages")
        self.click("messages")
        self.expect_address("#sort=messages")
        self.type("udp")
        self.expect_address("#sort=messages&filter=udp")
        self.expect_rows(["bravo", "delta"], {"messages": "ascending"}, "udp")
        self.click("messages")
        self.expect_address("#filter=udp")
        self.type("")
        self.expect_address("")
        self.expect_rows(CONFIGURED, {})
        expect_equal(self.browser.script("return location.href"), self.tap.origin + "/", "the address")
        self.type(ODD)
        self.browser.wait("an address with the filter", "location.hash.startsWith('#filter=')")
        self.browser.driver.refresh()
        wait_for("an answer", lambda: View(self.browser).uptime > 500)
        self.expect_rows([], {}, ODD)
        expect_equal(self.browser.script("return history.length"), entries, "the entries of the browser's history")

    def changed(self):
        self.open("#sort=-bytes")
        self.expect_rows(["delta", "alpha", "bravo", "charlie"], {"bytes": "descending"})
        self.browser.script("location.hash = '#sort=name&filter=tcp'")
        self.expect_rows(["alpha", "charlie"], {"name": "ascending"}, "tcp")
        self.browser.script("location.hash = ''")
        self.expect_rows(CONFIGURED, {})
        self.browser.driver.back()
        self.expect_rows(["alpha", "charlie"], {"name": "ascending"}, "tcp")
        self.browser.driver.back()
        self.expect_rows(["delta", "alpha", "bravo", "charlie"], {"bytes": "descending"})

    def click(self, column):
        self.browser.script("document.querySelector(`[data-sort=${arguments[0]}]`).click()", column)

    def type(self, text):
        self.browser.script("""
            const field = document.getElementById("filter");
            field.value = arguments[0];
            field.dispatchEvent(new InputEvent("input", { bubbles: true }));
            """, text)

    def expect_address(self, part):
        self.browser.wait(f"the address {part!r}", "location.hash === arguments[0]", part)

    def expect_rows(self, names, sorting, text=""):
        """Expects the rows in this order, these orders of columns, and this filter."""
        def seen():
            rows = [row.name for row in View(self.browser).rows.values() if row.is_shown]
            return rows, *self.browser.script("""
                const sorted = [...document.querySelectorAll("[data-sort]")]
                  .map((each) => [each.dataset.sort, each.closest("th").ariaSort])
                  .filter(([, order]) => order === "ascending" || order === "descending");
                return [Object.fromEntries(sorted), document.getElementById("filter").value];
                """)
        try:
            wait_for("the rows", lambda: seen() == (names, sorting, text))
        except Failure:
            expect_equal(seen(), (names, sorting, text), "the rows, the sorted columns and the filter")
