"""Checks of a page that gets data that no echod sends."""

import json, os
from urllib.parse import parse_qs, urlsplit

import answers
from checks import expect, expect_equal, wait_for
from layout import TALL, check_width
from tap import Answer, Tap
from view import View, expect_shown

SCRIPT = "window.hit = 1; document.title = 'hit'"
NAMES = [
    f"<img src=x onerror=\"{SCRIPT}\">", f"\"><script>{SCRIPT}</script>", f"'><svg onload=\"{SCRIPT}\">",
    f"</style><script>{SCRIPT}</script>", f"javascript:{SCRIPT}", "&lt;b&gt; &amp; &#60;", "{{name}} ${name} \\u003c",
    "\u202eright to left\u2066", "\u0627\u0644\u0639\u0631\u0628\u064a\u0629", "line\nfeed\ttab\0nul\x1b[31m",
    "__proto__", "constructor", "toString", "hasOwnProperty", "length", "", " ", "]\"'\\", "🦜",
    "x" * 10_000, "<b>" * 3_000,
]
FORBIDDEN = """
return document.querySelectorAll("img, script, iframe, object, embed, base, b, [onerror], [onload]").length
"""
MOST = 2 ** 64 - 1
# Where the counters start.
EDGES = [2 ** 53 - 1, 2 ** 53, 2 ** 53 + 1, 2 ** 63 - 1, 2 ** 63, MOST - 9]
MISSING = object()
INTERFACE = "<b>&amp;'"
NETWORK = """
ip link add "$0" type veth peer name other && ip link set other up && ip link set "$0" up
ip address add fe80::7/64 dev "$0" nodad
exec "$@"
"""
# Lets the page ask for the next answer sooner than after a second, because these checks wait for very many answers.
HURRY = """{
  const after = window.setTimeout;
  window.setTimeout = (action, time) => after(action, time > 900 && time <= 1000 ? 100 : time);
}"""
STARTED = ["2026-11-22T19:17:10Z", "2001-01-01T00:00:00Z", "2099-12-31T23:59:59Z", "2026-11-22T19:17:11Z"]


class HostileChecks:
    def __init__(self, session):
        self.session, self.browser = session, session.browser
        self.daemon = session.daemon([{"name": "real", "transport": "udp", "port": 0}])
        self.tap = Tap(self.daemon)
        self.now = 1000.0

    def answer(self, document, clients=()):
        """Answers every request with this from now on."""
        body = document if isinstance(document, Answer) else Answer.json(document)

        def instead(path):
            if path.startswith("/stats"):
                return body
            if path.startswith("/clients"):
                name = parse_qs(urlsplit(path).query, keep_blank_values=True)["listener"][0]
                return Answer.json(answers.clients(name, clients))
            return None
        self.tap.instead = instead

    def show(self, listeners, started=STARTED[0], clients=()):
        """Answers with these listeners, a second later than before, and waits until the page shows that."""
        self.now += 1
        document = answers.stats(self.now, listeners, started)
        self.answer(document, clients)
        wait_for("the answer on the page", self.is_current)
        return document

    def is_current(self):
        view = View(self.browser)
        return view.uptime == self.now and view.state == "running"

    def open(self):
        self.answer(answers.stats(self.now, [answers.listener("plain")]))
        self.browser.open(self.tap.origin + "/")
        wait_for("the first answer", self.is_current)
        self.browser.console()

    def expect_no_error(self):
        """Errors of the network are caused by the checks themselves, and do not count."""
        errors = [each for each in self.browser.driver.get_log("browser") if each.get("source") != "network"]
        expect_equal([each["message"] for each in errors], [], "the console")

    def markup(self):
        self.open()
        before = self.browser.script(FORBIDDEN)
        listeners = [answers.listener(name, messages=index, address=name, service=name)
                     for index, name in enumerate(NAMES)]
        document = self.show(listeners, clients=[(name, 5) for name in NAMES])
        expect_shown(self.browser, document)
        for name in NAMES:
            self.browser.script("""
                const row = [...document.querySelectorAll("[data-listener]")]
                  .find((each) => each.dataset.listener === arguments[0]);
                row.querySelector("button[aria-expanded]").click();
                """, name)
        wait_for("all clients", lambda: self.browser.script(
            "return document.querySelectorAll('[data-details] [data-client]').length") >= len(NAMES))
        self.show(listeners, clients=[(name, 6) for name in NAMES])
        expect_equal(self.browser.script(FORBIDDEN), before, "elements that the data could have made")
        expect_equal(self.browser.script("return [window.hit ?? null, document.title.includes('hit')]"), [None, False],
                     "scripts in the data")
        self.expect_no_error()

    def widths(self):
        """The longest of everything, with the details open."""
        self.open()
        names = [("W" * 63) + str(index) for index in range(3)]
        address = "fe80:ffff:ffff:ffff:ffff:ffff:ffff:fff%interface-15ch"
        listeners = [
            {**answers.listener(name, messages=MOST, drops=MOST, address=address, service="uppercase"),
             "public": True, "queuesNotAnswering": 250,
             "impaired": dict.fromkeys(["lost", "delayed", "duplicated", "corrupted", "reordered", "closed"], MOST),
             "dropped": {"total": MOST, **dict.fromkeys(answers.REASONS, MOST)}} for name in names]
        rows = [(f"[{address}]:6553{index}", MOST) for index in range(5)]
        self.show(listeners, clients=rows)
        wait_for("all marks", lambda: all(
            set(row.marks) == {"public", "queues", "impaired"} for row in View(self.browser).rows.values()))
        self.browser.script("document.querySelectorAll('button[aria-expanded]').forEach((each) => each.click())")
        wait_for("all clients", lambda: self.browser.script(
            "return document.querySelectorAll('[data-client]').length") == len(names) * len(rows))
        self.show([{**each, "messages": {"received": 0, "sent": 0}} for each in listeners], clients=rows)
        self.show(listeners, clients=rows)
        try:
            for width in (360, 1280, 1920):
                check_width(self.browser, width)
        finally:
            self.browser.size(*TALL)

    def order(self):
        """Rows change places with every answer; the focus goes with its row."""
        self.open()
        names = ["one", "two", "three", "four"]
        self.show([answers.listener(name) for name in names])
        self.browser.script("""
            document.querySelector("[data-sort=messages]").click();
            window.focused = document.querySelector("[data-listener=two] button[aria-expanded]");
            focused.focus();
            """)
        for step in range(1, 4):
            counts = {name: 1000 * step + (index * step * 7) % 4 * 10 for index, name in enumerate(names)}
            self.show([answers.listener(name, messages=counts[name]) for name in names])
            expect_equal(list(View(self.browser).rows), sorted(names, key=counts.get, reverse=True), "the order")
            expect(self.browser.script("return document.activeElement === focused"), "the row lost the focus")
        self.expect_no_error()

    def counters(self):
        """Counters beyond 2^53, one message more each second."""
        self.open()
        last = None
        for step in range(4):
            document = self.show([answers.listener(str(edge), messages=edge + step) for edge in EDGES])
            expect_shown(self.browser, document, last)
            last = document
        self.expect_no_error()

    def clock(self):
        """The wall clock jumps; the rates do not."""
        self.open()
        last = None
        for step, started in enumerate(STARTED):
            document = self.show([answers.listener("steady", messages=100 * step, size=10)], started)
            expect_shown(self.browser, document, last)
            last = document
        self.expect_no_error()

    def trouble(self):
        """Invalid answers: the page says so, and goes on with the next valid one."""
        good = [answers.listener("plain", messages=5)]
        self.open()
        half = json.dumps(answers.stats(self.now, good)).encode()[:150]
        html = Answer(200, [("Content-Type", "text/html")], b"<!doctype html><p>Log in")
        for what, answer in [("HTML", html), ("503", Answer(503, [], b"not now")), ("half", Answer(200, [], half)),
                             ("null", Answer.json(None)), ("an empty object", Answer.json({}))]:
            self.answer(answer)
            view = wait_for(f"the page to say that {what} is not an answer", self.unwell)
            expect(view.words, f"no words for {what}")
            expect("plain" in view.rows, f"the row is gone with {what}")
            # Which waits for the state running.
            self.show(good)
        self.expect_no_error()

    def unwell(self):
        view = View(self.browser)
        return view if view.state == "unreachable" else None

    def gaps(self):
        """Members that are missing, null or of the wrong type do not stop the page."""
        self.open()
        members = list(answers.listener("plain"))
        for value in (MISSING, None, "text", 1e308):
            odd = [{**answers.listener(f"odd {key}"), key: value} for key in members]
            self.feed([answers.listener("plain"), *(without_missing(each) for each in odd)])
        for listeners in (None, [None, 1, "text", []]):
            self.feed(listeners)
        for member in ("state", "totals"):
            self.feed([answers.listener("plain")], member)
        self.show([])
        expect_equal(View(self.browser).rows, {}, "the page of an echod without listeners")
        document = self.show([answers.listener("plain", messages=7)])
        expect_shown(self.browser, document)
        self.expect_no_error()

    def feed(self, listeners, without=None):
        """Answers with this, and waits until the page has read it."""
        self.now += 1
        document = {**answers.stats(self.now, []), "listeners": listeners}
        document.pop(without, None)
        self.answer(document)
        asked = self.tap.count("/stats")
        wait_for("the next poll", lambda: self.tap.count("/stats") > asked)

    def interface(self):
        """The zone of an address is the name of an interface, which may be markup."""
        daemon = self.session.daemon(
            [{"name": "zoned", "transport": "udp", "address": f"fe80::7%{INTERFACE}", "port": 0}],
            network=["unshare", "--net", "sh", "-c", NETWORK, INTERFACE])
        tap = Tap(daemon)
        self.browser.open(tap.origin + "/")
        wait_for("an answer", lambda: len(tap.answers_to("/stats")) > 1)
        expect(f"fe80::7%{INTERFACE}" in View(self.browser).rows["zoned"].text, "the zone is not in the row")
        self.browser.cdp("Emulation.setScriptExecutionDisabled", value=True)
        self.browser.open(tap.origin + "/")
        self.browser.cdp("Emulation.setScriptExecutionDisabled", value=False)
        expect(f"fe80::7%{INTERFACE}" in View(self.browser).rows["zoned"].text, "the zone is not in echod's row")
        expect_equal(self.browser.script(FORBIDDEN.replace("script, ", "")), 0, "elements of the name")
        self.expect_no_error()

    def run(self):
        self.browser.size(*TALL)
        self.browser.cdp("Page.addScriptToEvaluateOnNewDocument", source=HURRY)
        yield "markup", self.markup
        yield "widths", self.widths
        yield "order", self.order
        yield "counters", self.counters
        yield "clock", self.clock
        yield "trouble", self.trouble
        yield "gaps", self.gaps
        if os.geteuid() == 0:
            yield "interface", self.interface


def without_missing(listener):
    return {key: value for key, value in listener.items() if value is not MISSING}
