"""Checks of a page whose echod stops answering, is restarted or reloads."""

import signal

from checks import Failure, expect, expect_equal, measured, wait_for
from layout import TALL
from restart import LISTENERS, RestartChecks
from tap import Tap
from view import View

# The promise, in milliseconds. What a busy machine adds to the page's timers does not count.
SOON = 2000
# How long the page always waits for an answer; it may wait twice as long as the last answer took.
WAIT = 800


class OutageChecks:
    def __init__(self, session):
        self.session, self.browser = session, session.browser
        self.daemon = session.daemon(LISTENERS)
        self.tap = Tap(self.daemon)

    def open(self, origin):
        self.browser.open(origin + "/")
        self.browser.file("watch.js")
        self.browser.wait("an answer", "watched.answers.length > 1")

    def expect_outage(self, what, begin):
        """Expects that the page soon says that echod is gone."""
        # What is announced from now on begins with the outage. A busy machine may add outages of its own.
        self.browser.wait("the state running", "document.documentElement.dataset.state === 'running'"
                          " && (watched.states = [], watched.said = [], true)")
        begin()
        watched = wait_for("an outage", self.outage)
        last = watched["answers"][-1]["at"]
        shown_at = next(each["at"] for each in watched["states"] if is_outage(each, last))
        late = sum(each["by"] for each in watched["late"] if last < each["at"] <= shown_at + 100)
        took = last - max(start for start in watched["requests"] if start < last)
        measured(f"the page says {shown_at - last:.0f} ms after the last answer that echod is gone ({what})")
        expect(shown_at - last <= SOON + late + max(0, 2 * took - WAIT),
               f"unreachable {shown_at - last:.0f} ms after the last answer, which took {took:.0f} ms; "
               f"the timers were {late:.0f} ms late")
        wait_for("the state in words", lambda: "not answering" in View(self.browser).words)
        self.expect_said("is not answering")

    def outage(self):
        """What was recorded, if the page has said since the last answer that echod is gone."""
        watched = self.browser.script("return watched")
        last = watched["answers"][-1]["at"]
        return watched if any(is_outage(each, last) for each in watched["states"]) else None

    def expect_recovery(self, end, announcement="is running"):
        end()
        self.wait_for_state("running")
        said = self.expect_said("is running")
        expect(any(announcement in each for each in said), f"the recovery was announced as {said}")

    def wait_for_state(self, state):
        self.browser.wait(f"the state {state}", f"document.documentElement.dataset.state === '{state}'")

    def expect_said(self, last):
        """Expects that each change of state since the outage was announced once, this one last.

        A page that asks at the right moment also announces a start that has not ended.
        """
        turns = ("is not answering", "is running")

        def are_right(said):
            said = [each for each in said if "is starting" not in each]
            expected = [turns[index % 2] for index in range(len(said))]
            return expected[-1:] == [last] and all(each in text for each, text in zip(expected, said))

        def said():
            return self.browser.script("return watched.said")
        try:
            return wait_for("the announcer", lambda: (now := said()) and are_right(now) and now)
        except Failure:
            raise Failure(f"what the announcer said: {said()}") from None

    def stop(self):
        self.open(self.daemon.origin)
        self.expect_outage("it is stopped", lambda: self.daemon.process.send_signal(signal.SIGSTOP))
        self.browser.script("window.verdict = document.getElementById('verdict').textContent")
        self.browser.wait("a longer outage", "document.getElementById('verdict').textContent !== verdict")
        self.expect_said("is not answering")
        self.expect_recovery(lambda: self.daemon.process.send_signal(signal.SIGCONT))

    def kill(self):
        self.expect_outage("it is killed", self.daemon.kill)
        self.expect_recovery(self.daemon.start, "was restarted and is ")
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

    def run(self):
        self.browser.size(*TALL)
        yield "stop", self.stop
        yield "kill", self.kill
        yield "cut", self.cut
        yield "stall", self.stall
        restarts = RestartChecks(self)
        yield "restart", restarts.restart
        yield "reload", restarts.reload
        yield "drain", restarts.drain


def is_outage(change, after):
    return change["state"] == "unreachable" and change["at"] > after
