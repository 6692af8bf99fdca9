"""Checks of a page whose echod stops answering, restarts or reloads."""

import signal

from checks import expect, expect_equal, measured, wait_for
from layout import TALL
from tap import Tap
from traffic import Traffic
from view import ROUNDING, View, expect_figures, expect_rates, shown

# The promise, in milliseconds. What a busy machine adds to the page's timers does not count.
SOON = 2000
LISTENERS = [
    {"name": "first", "transport": "udp", "port": 0},
    {"name": "second", "transport": "tcp", "port": 0},
    {"name": "third", "transport": "udp", "port": 0, "service": "discard"},
]
ANOTHER = {"name": "added", "transport": "udp", "port": 0}
LINES = """
return Object.fromEntries([...document.querySelectorAll("[data-listener]")].map((row) => [
  row.dataset.listener, row.querySelector("svg[data-line='messages'] .line, svg[data-line='messages'] polyline")
    ?.getAttribute("d")]))
"""


class OutageChecks:
    def __init__(self, session):
        self.browser = session.browser
        self.daemon = session.daemon(LISTENERS)
        self.tap = Tap(self.daemon)

    def open(self, origin):
        self.browser.open(origin + "/")
        self.browser.file("watch.js")
        self.browser.wait("an answer", "watched.answers.length > 1")

    def expect_outage(self, what, begin):
        """Expects that the page soon says that echod is gone."""
        self.browser.wait("the state running", "document.documentElement.dataset.state === 'running'")
        self.browser.script("watched.states = []; watched.said = []")
        begin()
        self.wait_for_state("unreachable")
        watched = self.browser.script("return watched")
        shown_at = next(each["at"] for each in watched["states"] if each["state"] == "unreachable")
        last = max(at for at in watched["answers"] if at < shown_at)
        late = sum(each["by"] for each in watched["late"] if last < each["at"] <= shown_at + 100)
        measured(f"the page says {shown_at - last:.0f} ms after the last answer that echod is gone ({what})")
        expect(shown_at - last <= SOON + late,
               f"unreachable {shown_at - last:.0f} ms after the last answer; the timers were {late:.0f} ms late")
        view = View(self.browser)
        expect("not answering" in view.words, f"the state in words is {view.words!r}")
        self.expect_said(1)

    def expect_recovery(self, end):
        end()
        self.wait_for_state("running")
        self.expect_said(2)

    def wait_for_state(self, state):
        self.browser.wait(f"the state {state}", f"document.documentElement.dataset.state === '{state}'")

    def expect_said(self, times):
        said = wait_for("the announcer", lambda: self.said(times))
        expect_equal(len(said), times, f"what the announcer said: {said}")

    def said(self, times):
        said = self.browser.script("return watched.said")
        return said if len(said) >= times else None

    def stop(self):
        self.open(self.daemon.origin)
        self.expect_outage("it is stopped", lambda: self.daemon.process.send_signal(signal.SIGSTOP))
        self.expect_recovery(lambda: self.daemon.process.send_signal(signal.SIGCONT))

    def kill(self):
        self.expect_outage("it is killed", self.daemon.kill)
        self.expect_recovery(self.daemon.start)
        before = View(self.browser).uptime
        wait_for("news of the new echod", lambda: View(self.browser).uptime > before)
        answer = self.daemon.stats()
        expect_equal({name: row.figures["messages.received"]["value"] for name, row in View(self.browser).rows.items()},
                     {each["name"]: str(each["messages"]["received"]) for each in answer["listeners"]}, "the figures")

    def cut(self):
        """Answers end in the middle, because the connection breaks."""
        self.open(self.tap.origin)

        def cut():
            self.tap.cut = 100
        self.expect_outage("its answers end in the middle", cut)
        self.expect_recovery(self.mend)

    def stall(self):
        """echod is stopped in the middle of an answer."""
        def stall():
            self.tap.resumed.clear()
            self.tap.cut = 100
        self.expect_outage("it is stopped in the middle of an answer", stall)
        self.expect_recovery(self.mend)

    def mend(self):
        self.tap.cut = None
        self.tap.resumed.set()

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
            index, view = shown(self.browser, self.answers, after=index)
            answer, last = self.answers()[index].value, self.answers()[index - 1].value
            expect_figures(view, answer)
            if answer["uptimeSeconds"] > last["uptimeSeconds"]:
                expect_rates(view, last, answer)
                compared += 1
            else:
                self.expect_no_jump(view, answer)
            index += 1

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
            count = len(self.answers())
            index, view = shown(self.browser, self.answers, after=count)
            expect_figures(view, self.answers()[index].value)
            expect_rates(view, self.answers()[index - 1].value, self.answers()[index].value)
        finally:
            traffic.stop()
        after = self.browser.script(LINES)
        for name in names:
            old, new = points(before[name]), points(after[name])
            expect(len(new) >= len(old) > 2, f"the line of {name} had {len(old)} points, and has {len(new)}: {new}")

    def rates(self, names):
        rows = View(self.browser).rows
        return [rows[name].rate("messages") for name in names]

    def run(self):
        self.browser.size(*TALL)
        yield "stop", self.stop
        yield "kill", self.kill
        yield "cut", self.cut
        yield "stall", self.stall
        yield "restart", self.restart
        yield "reload", self.reload


def points(line):
    return [each for each in (line or "").replace("L", " ").replace("M", " ").split() if each]
