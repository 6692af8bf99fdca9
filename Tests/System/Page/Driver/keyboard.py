"""The page by keyboard alone."""

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from checks import expect, expect_equal, wait_for
from view import View

# More than there are places for the focus on the page.
MOST_PLACES = 80
# What has the focus, and whether one can see that.
FOCUSED = """
const element = document.activeElement, style = getComputedStyle(element);
const listener = element.closest("[data-listener]")?.getAttribute("data-listener");
return {
  what: element === document.body ? "nothing" : element.id ? "#" + element.id
    : element.dataset.sort ? "sort " + element.dataset.sort
    : element.hasAttribute("aria-expanded") ? "details " + listener : element.outerHTML.slice(0, 80),
  isSeen: element.matches(":focus-visible") && ((style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1)
    || style.boxShadow !== "none"),
};
"""
SORTS = ["name", "messages", "bytes", "clients", "dropped"]


class KeyboardChecks:
    def __init__(self, browser, tap):
        self.browser, self.tap = browser, tap

    def press(self, *keys):
        ActionChains(self.browser.driver).send_keys(*keys).perform()

    def focus(self, what):
        """Presses Tab until an element has the focus."""
        for _ in range(MOST_PLACES):
            self.press(Keys.TAB)
            if self.browser.script(FOCUSED)["what"] == what:
                return
        expect(False, f"Tab does not reach {what}")

    def reach(self):
        self.browser.script("document.activeElement.blur(); scrollTo(0, 0)")
        places = []
        for _ in range(MOST_PLACES):
            self.press(Keys.TAB)
            place = self.browser.script(FOCUSED)
            if place["what"] == "nothing" or (places and place["what"] == places[0]["what"]):
                break
            places.append(place)
        reached = [place["what"] for place in places]
        rows = list(View(self.browser).rows)
        wanted = ["#filter", *(f"sort {each}" for each in SORTS), *(f"details {each}" for each in rows)]
        expect_equal([each for each in wanted if each not in reached], [], f"out of reach; reached were {reached}")
        invisible = [place["what"] for place in places if not place["isSeen"]]
        expect_equal(invisible, [], "places where the focus cannot be seen")

    def focus_stays(self):
        for what in ("details limited", "sort bytes", "#filter"):
            self.focus(what)
            self.browser.script("window.focused = document.activeElement")
            self.updates(2)
            expect(self.browser.script("return document.activeElement === focused"), f"{what} lost the focus")

    def updates(self, count):
        """Waits until the page has shown this many newer answers."""
        for _ in range(count):
            before = View(self.browser).uptime
            wait_for("an update", lambda: View(self.browser).uptime > before)

    def details(self):
        name = "upper-tcp"
        is_open = "document.activeElement.getAttribute('aria-expanded')"
        for opening in (Keys.ENTER, Keys.SPACE):
            self.focus(f"details {name}")
            self.press(opening)
            self.browser.wait("the details", f"{is_open} === 'true'")
            self.browser.wait(
                "a client in the details",
                "document.querySelector(`[data-details='${arguments[0]}'] [data-client]`)?.checkVisibility()", name)
            self.updates(1)
            expect_equal(self.browser.script(FOCUSED)["what"], f"details {name}", "the focus")
            self.press(opening)
            self.browser.wait("the end of the details", f"{is_open} === 'false'")
            expect(not self.browser.script(
                "return document.querySelector(`[data-details='${arguments[0]}'] [data-client]`)?.checkVisibility()",
                name), "the details are still there")

    def sort(self):
        for column, key in [("messages", "messages.received"), ("dropped", "dropped.total"), ("name", None)]:
            self.focus(f"sort {column}")
            self.press(Keys.ENTER)
            sorting = self.browser.wait(
                "aria-sort", "document.activeElement.closest('[aria-sort]')?.getAttribute('aria-sort')")
            expect(sorting in ("ascending", "descending"), f"aria-sort of {column} is {sorting}")
            others = self.browser.script("""
                const columns = [...document.querySelectorAll("[aria-sort]")];
                return columns.filter((each) => each.ariaSort !== "none").length
                """)
            expect_equal(others, 1, "the columns that are said to be sorted")
            wait_for(f"the order by {column}", lambda: self.is_sorted(key, sorting == "descending"))

    def is_sorted(self, key, is_descending):
        rows = list(View(self.browser).rows.values())
        values = [int(row.figures[key]["value"]) if key else row.name for row in rows]
        return values == sorted(values, reverse=is_descending)

    def filter(self):
        self.focus("#filter")
        self.press("tcp")
        wait_for("the filtered list", lambda: self.shown() == ["six-tcp", "upper-tcp"])
        self.updates(1)
        expect_equal(self.shown(), ["six-tcp", "upper-tcp"], "the filtered list after an update")
        self.press(*[Keys.BACKSPACE] * 3)
        wait_for("the whole list", lambda: len(self.shown()) == 7)

    def shown(self):
        return sorted(row.name for row in View(self.browser).rows.values() if row.is_shown)
