"""Checks of a page that is left and opened again."""

import contextlib, json, re

from arrangement import ArrangementChecks
from browser import source
from checks import expect, expect_equal, wait_for
from layout import TALL
from tap import Answer, Tap
from traffic import Traffic

LISTENERS = [{"name": "first", "transport": "udp", "port": 0}, {"name": "second", "transport": "tcp", "port": 0}]
NAMES = [each["name"] for each in LISTENERS]
# Where the page keeps its lines in the session's storage.
KEY = "echod.history"
# A line shows 300 seconds in as many units; coordinates have one decimal.
RIGHT, BOTTOM, ROUNDING = 300, 38.5, 0.2
# More than a session's storage has room for, in characters.
TOO_MUCH = 2 ** 23


class RevisitChecks:
    def __init__(self, session):
        self.browser = session.browser
        self.daemon = session.daemon(LISTENERS)
        self.tap = Tap(self.daemon)

    @contextlib.contextmanager
    def script_before(self, text):
        """Runs a script in each new document before those of the page."""
        script = self.browser.cdp("Page.addScriptToEvaluateOnNewDocument", source="{" + text + "}")
        try:
            yield
        finally:
            self.browser.cdp("Page.removeScriptToEvaluateOnNewDocument", identifier=script["identifier"])

    def open(self):
        self.browser.open(self.tap.origin + "/")

    def leave(self):
        self.browser.open("about:blank")

    def drawn(self, points=0):
        """Waits for so many points in the line of the totals, and returns the records of lines.js."""
        return wait_for(f"{points} points", lambda: (records := self.browser.script("return drawn"))
                        and len(points_of(records[-1]["totals"])) >= points and records)

    def reload(self):
        """The lines go on after a reload: where they were, moved on by the time that has passed."""
        with self.script_before(source("lines.js")):
            self.open()
            self.drawn(4)
            self.browser.driver.refresh()
            after = self.drawn()[0]
            before = json.loads(self.browser.script("return sessionStorage.getItem('drawn')"))
            old, new = points_of(before["totals"]), points_of(after["totals"])
            expect_equal(len(new), len(old) + 1, "the points after the reload")
            passed = after["uptime"] - before["uptime"]
            expected = [x - passed for x, _ in old] + [RIGHT]
            expect_near([x for x, _ in new], expected, "the times of the points")
            # The new point may be a new peak, which changes the scale.
            heights, newer = [BOTTOM - y for _, y in old], [BOTTOM - y for _, y in new[:-1]]
            expect(max(heights) > 30 and max(newer) > 0, f"heights of {heights}, and after the reload of {newer}")
            scale = max(newer) / max(heights)
            expect_near(newer, [height * scale for height in heights], "the heights of the points")
            lengths = {name: len(points_of(line)) for name, line in before["rows"].items()}
            wait_for("the lines of the listeners", lambda: all(
                len(points_of(line)) > lengths[name] for name, line in self.drawn()[-1]["rows"].items()))
        expect_equal(sorted(lengths), sorted(NAMES), "the listeners")
        expect(min(lengths.values()) > 2, f"the lines had only {lengths} points")

    def rubbish(self):
        """What the page cannot read in its storage is ignored."""
        self.leave()
        self.open()
        saved = json.loads(self.browser.script("return sessionStorage.getItem(arguments[0])", KEY))
        expect(len(saved["times"]) > 3, f"only {len(saved['times'])} samples were saved")
        self.browser.console()
        for text in rubbish(saved):
            put = f"if (location.protocol === 'http:') sessionStorage.setItem({json.dumps(KEY)}, {json.dumps(text)});"
            with self.script_before(source("lines.js")), self.script_before(put):
                self.open()
                self.expect_new_lines(f"after {text[:200]!r} was in the storage")
        expect_equal(self.browser.console(), [], "the console")

    def full(self):
        """The page works with a storage that has no room for its lines."""
        self.browser.script("""
            sessionStorage.clear();
            for (let size = arguments[0]; size >= 1; size /= 2) {
              try { sessionStorage.setItem("full" + size, "x".repeat(size)); } catch { }
            }
            """, TOO_MUCH)
        self.browser.console()
        try:
            self.open()
            with self.script_before(source("lines.js").split("addEventListener")[0]):
                self.open()
                self.expect_new_lines("with a full storage")
                self.drawn(1)
                expect(not self.browser.script("return sessionStorage.getItem(arguments[0])", KEY), "it was not full")
            expect_equal(self.browser.console(), [], "the console")
        finally:
            self.browser.script("sessionStorage.clear()")

    def restart(self):
        """After a restart of echod the lines begin anew, also if the new one has been running for longer."""
        for more in (0, 1000):
            with self.script_before(source("lines.js")):
                self.tap.instead = lambda path: None
                self.open()
                self.drawn(3)
                self.leave()
                self.daemon.kill()
                self.daemon.start()
                self.tap.instead = lambda path: self.older(path, more)
                self.open()
                self.expect_new_lines("after a restart")
                self.drawn(1)
        self.tap.instead = lambda path: None

    def older(self, path, seconds):
        """An answer of an echod that has been running for longer."""
        if path != "/stats":
            return None
        answer = self.daemon.stats()
        return Answer.json({**answer, "uptimeSeconds": answer["uptimeSeconds"] + seconds})

    def expect_new_lines(self, when):
        first = self.drawn()[0]
        expect_equal((first["state"], first["totals"]), ("running", ""), f"the state and the line {when}")

    def run(self):
        self.browser.size(*TALL)
        traffic = Traffic(self.daemon, NAMES)
        yield "reload", self.reload
        yield "rubbish", self.rubbish
        yield "full", self.full
        traffic.stop()
        yield "restart", self.restart
        arrangement = ArrangementChecks(self.browser, self.tap)
        yield "address-opened", arrangement.opened
        yield "address-written", arrangement.written
        yield "address-changed", arrangement.changed


def points_of(line):
    return [(float(x), float(y)) for x, y in re.findall(r"[ML]([-\d.]+) ([-\d.]+)", line)]


def expect_near(seen, expected, what):
    expect(len(seen) == len(expected) and all(abs(one - other) <= ROUNDING for one, other in zip(seen, expected)),
           f"{what}: expected {expected}, saw {seen}")


def rubbish(saved):
    """Texts that no page has saved, most of them much like one that was."""
    basis, totals = saved["basis"], saved["totals"]
    return ["rubbish", "null", "[]", "{}", "5", *(json.dumps({**saved, **changes}) for changes in [
        {"basis": None}, {"basis": {**basis, "totals": None}}, {"basis": {**basis, "listeners": 5}},
        {"basis": {**basis, "totals": {"messages.received": "many"}}},
        {"times": None}, {"times": "text"}, {"times": saved["times"][1:]}, {"times": [*saved["times"][1:], "text"]},
        {"totals": None}, {"totals": {}}, {"totals": {**totals, "messages": 5}},
        {"totals": {**totals, "messages": ["text"] * len(saved["times"])}},
        {"listeners": {}}, {"listeners": [["first", None]]}, {"listeners": [["first", {}]]},
    ])]
