"""What the page shows across a restart, a reload and a stop."""

import re

from checks import PATIENCE, expect, expect_equal, wait_for
from clients import slow_client
from tap import Tap
from traffic import Traffic
from view import ROUNDING, View, shown

LISTENERS = [
    {"name": "first", "transport": "udp", "port": 0},
    {"name": "second", "transport": "tcp", "port": 0},
    {"name": "third", "transport": "udp", "port": 0, "service": "discard"},
]
ANOTHER = {"name": "added", "transport": "udp", "port": 0}
# For a stop that a client delays, and that ends when the client is gone.
DRAIN_SECONDS = 10 * PATIENCE
# More than the time without samples, in milliseconds, that makes a gap in a line.
GAP = 3000
LINES = """
return Object.fromEntries([...document.querySelectorAll("[data-listener]")].map((row) => [
  row.dataset.listener, row.querySelector("svg[data-line='messages'] .line, svg[data-line='messages'] polyline")
    ?.getAttribute("d")]))
"""


class RestartChecks:
    def __init__(self, outage):
        """With the browser and the echod of the checks of an outage."""
        self.outage, self.browser = outage, outage.browser
        self.daemon, self.tap = outage.daemon, outage.tap

    def answers(self):
        return self.tap.answers_to("/stats")

    def restart(self):
        """After counters went down, there is no negative rate, and the next rate is correct."""
        names = [each["name"] for each in LISTENERS]
        traffic = Traffic(self.daemon, names)
        wait_for("traffic on the page", lambda: all(row.rate("messages") for row in View(self.browser).rows.values()))
        traffic.stop()
        old = self.daemon.process.pid
        self.daemon.kill()
        self.daemon.start()
        expect(self.daemon.process.pid != old, "echod was not started again")
        traffic = Traffic(self.daemon, names)
        try:
            self.rates_after_restart()
        finally:
            traffic.stop()

    def rates_after_restart(self):
        before = len(self.answers())
        index, compared = before, 0
        while compared < 3:
            seen = shown(self.browser, self.answers, after=index)
            seen.expect_figures()
            if seen.answer["uptimeSeconds"] > seen.before["uptimeSeconds"]:
                seen.expect_rates()
                compared += 1
            else:
                self.expect_no_jump(seen.view, seen.answer)
            index = seen.index + 1

    def expect_no_jump(self, view, answer):
        """The first answer of a new process: rates since its start, or none."""
        for listener in answer["listeners"]:
            rate = view.rows[listener["name"]].rate("messages")
            since = listener["messages"]["received"] / answer["uptimeSeconds"]
            expect(rate is None or -ROUNDING <= rate <= since + ROUNDING,
                   f"{rate} messages a second of {listener['name']} since the restart, expected at most {since}")

    def reload(self):
        """A reload adds a listener and removes one: the lines of the others go on."""
        names = ["first", "second"]
        traffic = Traffic(self.daemon, names)
        try:
            wait_for("traffic", lambda: all(self.rates(names)))
            before = self.browser.script(LINES)
            ports = {each["name"]: self.daemon.endpoint(each["name"])[1] for each in LISTENERS}
            kept = [{**each, "port": ports[each["name"]]} for each in LISTENERS[:2]]
            self.daemon.reload([ANOTHER, *kept])
            wait_for("the new list", lambda: sorted(View(self.browser).rows) == ["added", "first", "second"])
            seen = shown(self.browser, self.answers, after=len(self.answers()))
            seen.expect_figures()
            seen.expect_rates()
        finally:
            traffic.stop()
        after = self.browser.script(LINES)
        for name in names:
            old, new = points(before[name]), points(after[name])
            expect(len(new) >= len(old) > 2, f"the line of {name} had {len(old)} points, and has {len(new)}: {new}")

    def rates(self, names):
        rows = View(self.browser).rows
        return [rows[name].rate("messages") for name in names]

    def drain(self):
        """echod stops, and waits for a client that does not read its replies."""
        daemon = self.outage.session.daemon(LISTENERS, drain_seconds=DRAIN_SECONDS)
        tap = Tap(daemon)
        self.outage.open(tap.origin)
        traffic = Traffic(daemon, ["first", "third"])
        try:
            with slow_client(daemon, "second"):
                wait_for("lines", lambda: min(self.line_lengths().values()) > 2)
                before = self.line_lengths()
                daemon.process.terminate()
                self.outage.wait_for_state("stopping")
                seen = shown(self.browser, lambda: tap.answers_to("/stats"), after=len(tap.answers_to("/stats")))
                expect_equal(seen.answer["state"], "stopping", "the state of echod")
                seen.expect_figures()
                expect_equal(list(seen.view.rows), [each["name"] for each in LISTENERS], "the rows")
        finally:
            traffic.stop()
        self.outage.wait_for_state("unreachable")
        daemon.process.wait(PATIENCE)
        self.browser.wait("a gap", "performance.now() - watched.answers.at(-1).at > arguments[0]", GAP)
        daemon.start()
        self.outage.wait_for_state("running")
        wait_for("lines that go on", lambda: all(
            count > before[name] for name, count in self.line_lengths().items()))
        for name, line in self.browser.script(LINES).items():
            expect(line.count("M") > 1, f"the line of {name} has no gap: {line}")

    def line_lengths(self):
        return {name: len(points(line)) for name, line in self.browser.script(LINES).items()}


def points(line):
    return re.findall(r"[ML]([\d.]+) ([\d.]+)", line or "")
