"""Checks of a page with as many listeners and clients as there can be."""

import answers
from browser import source
from checks import expect, expect_equal, measured, wait_for
from clients import send_from_many
from layout import TALL
from tap import Answer, Tap
from traffic import Traffic
from view import View, shown

# As many as a configuration can have, and as many as the page must scroll.
MOST, MANY = 250, 256
CLIENTS = 10_000
# Of a frame, on average. Another process can take the processor away from one run, not from all.
FRAME_MILLISECONDS, RUNS = 50, 5
# What one step scrolls, in pixels.
STEP = 120
SORTS = {"name": None, "messages": "messages.received", "bytes": "bytes.received", "clients": "clients.current",
         "dropped": "dropped.total"}


class CrowdChecks:
    def __init__(self, session):
        self.browser = session.browser
        self.daemon = session.daemon(
            [{"name": f"listener-{index}", "transport": "udp", "port": 0} for index in range(MOST)])
        self.tap = Tap(self.daemon)
        self.polls = 0

    def answers(self):
        return self.tap.answers_to("/stats")

    def figures(self):
        traffic = Traffic(self.daemon, [f"listener-{index}" for index in range(0, MOST, 50)])
        try:
            self.browser.open(self.tap.origin + "/")
            self.browser.file("watch.js")
            seen = shown(self.browser, self.answers)
        finally:
            traffic.stop()
        expect_equal(len(seen.view.rows), MOST, "the rows")
        seen.expect_figures()
        seen.expect_rates()

    def clients(self):
        """Many clients of one listener: the page shows the busiest."""
        name = "listener-7"
        served = {self.daemon.endpoint(f"listener-{index}")[1] for index in range(MOST)}
        busy = send_from_many(self.daemon.endpoint(name), CLIENTS, served)
        figures = wait_for("all clients on the page", lambda: self.row_with(name, "clients.current", CLIENTS))
        expect_equal(figures["clients.current"]["text"], f"{CLIENTS:,}", "the clients")
        self.browser.script("""
            document.querySelector(`[data-listener="${arguments[0]}"] button[aria-expanded]`).click()""", name)
        rows = wait_for("clients", self.client_rows)
        busiest = [[client, str(messages), str(5 * messages)] for client, messages in reversed(busy)]
        expect_equal(rows[:len(busiest)], busiest, "the busiest clients")
        expect(len(rows) > len(busiest), "the other clients are not shown")
        expect_equal({row[1] for row in rows[len(busiest):]}, {"1"}, "the messages of the other clients")

    def row_with(self, name, figure, count):
        row = View(self.browser).rows[name]
        return row.figures if row.figures[figure]["value"] == str(count) else None

    def client_rows(self):
        return self.browser.script("""
            return [...document.querySelectorAll("[data-details] [data-client]")].map((row) => [row.dataset.client,
              ...["messages", "bytes"].map((each) => row.querySelector(`[data-figure=${each}]`).getAttribute("value"))])
            """)

    def many(self, path):
        """Answers of an echod with very many listeners, all of which have traffic."""
        if not path.startswith("/stats"):
            return None
        self.polls += 1
        listeners = [answers.listener(f"listener-{index}", messages=(index * 7919 % 1000) * self.polls, size=index,
                                      drops=index * 104729 % 500 * self.polls) for index in range(MANY)]
        return Answer.json(answers.stats(100.0 + self.polls, listeners))

    def open_many(self):
        self.tap.instead = self.many
        self.browser.open(self.tap.origin + "/")
        wait_for("the listeners", lambda: len(View(self.browser).rows) == MANY)

    def scroll(self):
        self.open_many()
        seen = None
        for _ in range(RUNS):
            asked = self.tap.count("/stats")
            seen = self.browser.asynchronously(source("scroll.js"), STEP)
            polls = self.tap.count("/stats") - asked
            if seen["average"] <= FRAME_MILLISECONDS:
                break
        measured(f"{seen['frames']} frames while {MANY} listeners scroll: {seen['average']:.1f} ms on average, "
                 f"{seen['longest']:.0f} ms at most, with {polls} polls")
        expect(seen["bottom"] >= seen["height"] - 1, f"it ends at {seen['bottom']} of {seen['height']} px")
        expect(seen["frames"] > 50, f"only {seen['frames']} frames")
        expect(polls > 0, "the page was not updated meanwhile")
        expect(seen["average"] <= FRAME_MILLISECONDS, f"a frame takes {seen['average']:.1f} ms on average")

    def sort(self):
        for column, key in SORTS.items():
            for _ in range(2):
                self.browser.script("document.querySelector(`[data-sort=${arguments[0]}]`).click()", column)
                sorting = self.browser.script(
                    "return document.querySelector(`[data-sort=${arguments[0]}]`).closest('th').ariaSort", column)
                expect(sorting in ("ascending", "descending"), f"aria-sort of {column} is {sorting}")
                wait_for(f"the {sorting} order by {column}", lambda: self.is_sorted(key, sorting == "descending"))

    def is_sorted(self, key, is_descending):
        # The values are those of the answer, which the page sorts by.
        listeners = {each["name"]: each for each in self.answers()[-1].value["listeners"]}
        names = list(View(self.browser).rows)
        # Numbers in names count as numbers, or as text.
        orders = [lambda name: name, lambda name: int(name.split("-")[1])]
        if key:
            group, member = key.split(".")
            orders = [lambda name: listeners[name][group][member]]
        values = [[order(name) for name in names] for order in orders]
        return any(each == sorted(each, reverse=is_descending) for each in values)

    def filter(self):
        field = self.browser.driver.find_element("id", "filter")
        field.send_keys("listener-25")
        expected = sorted(f"listener-{index}" for index in range(MANY) if str(index).startswith("25"))
        wait_for("the filtered list", lambda: self.shown() == expected)
        field.clear()
        field.send_keys("nothing of that kind")
        wait_for("an empty list", lambda: self.shown() == [])
        field.clear()
        field.send_keys(" \b")
        wait_for("the whole list", lambda: len(self.shown()) == MANY)

    def shown(self):
        return sorted(row.name for row in View(self.browser).rows.values() if row.is_shown)

    def run(self):
        self.browser.size(*TALL)
        yield "most", self.figures
        yield "clients", self.clients
        self.browser.size(1280, 900)
        yield "scroll", self.scroll
        yield "sort", self.sort
        yield "filter", self.filter
