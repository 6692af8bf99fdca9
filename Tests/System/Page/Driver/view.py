"""What the page shows, and what it must show for an answer of /stats."""

from checks import Failure, expect, expect_equal, wait_for

COUNTS = [("messages", "received"), ("messages", "sent"), ("bytes", "received"), ("bytes", "sent"),
          ("clients", "current"), ("clients", "total")]
# A rate has three decimals.
ROUNDING = 0.00051


class View:
    def __init__(self, browser):
        seen = browser.file("view.js")
        self.state, self.words, self.version = seen["state"], seen["words"], seen["version"]
        self.uptime = float(seen["uptime"] or 0)
        self.uptime_before = float(seen["uptimeBefore"] or 0)
        self.totals = dict(seen["totals"])
        self.rows = {row["name"]: Row(row) for row in seen["rows"]}


class Row:
    def __init__(self, row):
        self.name, self.text, self.is_shown, self.marks = row["name"], row["text"], row["isShown"], row["marks"]
        self.figures = dict(row["figures"])

    def rate(self, what):
        """A number, or None if the page does not know it."""
        value = self.figures["rate." + what]["value"]
        return float(value) if value else None


class Shown:
    """A view of an answer of /stats, and the answer that the page has shown before that one."""

    def __init__(self, view, index, answer, before):
        self.view, self.index, self.answer, self.before = view, index, answer, before

    def expect_figures(self):
        expect_figures(self.view, self.answer)

    def expect_rates(self):
        expect_rates(self.view, self.before, self.answer)


def shown(browser, answers, after=0):
    """Waits until the page shows an answer with this or a later index in the list of answers, and one before it.

    The page needs watch.js. On a busy machine an answer can come too late for the page, which then says that there is
    none, or the page can give it up: such a view or answer is passed over.
    """
    def latest():
        view, known = View(browser), [answer.value for answer in answers()]
        index = last_index(known, view.uptime)
        before = last_index(known[:index], view.uptime_before)
        if index is None or index < after or before is None or view.state != known[index]["state"]:
            return None
        return Shown(view, index, known[index], known[before])
    return wait_for("an answer on the page", latest)


def last_index(answers, uptime):
    return next((index for index in reversed(range(len(answers))) if answers[index]["uptimeSeconds"] == uptime), None)


def expect_shown(browser, document, before=None):
    """Expects the figures of an answer that no longer changes, and the rates since the one before.

    A new row takes a moment to be drawn, and a late answer makes the page say that there is none.
    """
    def difference():
        view = View(browser)
        try:
            expect_figures(view, document)
            if before:
                expect_rates(view, before, document)
        except Failure as failure:
            return str(failure)
        return None
    try:
        wait_for("the figures", lambda: difference() is None)
    except Failure:
        expect(False, difference() or "the figures came late")


def expect_count(figures, name, count, where):
    expect(name in figures, f"{where} has no figure {name}, only {sorted(figures)}")
    expect_equal(figures[name]["value"], str(count), f"{name} of {where}")
    expect_equal(figures[name]["text"], f"{count:,}", f"the text of {name} of {where}")


def expect_figures(view, answer):
    """Expects every count of an answer on the page."""
    expect_equal(view.state, answer["state"], "the state")
    expect(answer["version"] in view.version, f"the version {answer['version']} is not in {view.version!r}")
    expect_equal(sorted(view.rows), sorted(each["name"] for each in answer["listeners"]), "the listeners")
    for listener in answer["listeners"]:
        expect_row(view.rows[listener["name"]], listener)
    for group, name in COUNTS:
        expect_count(view.totals, f"{group}.{name}", answer["totals"][group][name], "the totals")
    drops = "dropped.total" if "dropped.total" in view.totals else "dropped"
    expect_count(view.totals, drops, answer["totals"]["dropped"], "the totals")


def expect_row(row, listener):
    for group, name in COUNTS:
        expect_count(row.figures, f"{group}.{name}", listener[group][name], row.name)
    for reason, count in listener["dropped"].items():
        if reason == "total":
            expect_count(row.figures, "dropped.total", count, row.name)
        elif count:
            expect_count(row.figures, f"drops.{reason}", count, row.name)
        else:
            expect(f"drops.{reason}" not in row.figures, f"{row.name} shows {reason}, of which there are none")
    for fact in (listener["address"], str(listener["port"]), listener["service"]):
        expect(fact in row.text, f"{fact} is not in the row of {row.name}: {row.text!r}")
    expect_equal("public" in row.marks, bool(listener.get("public")), f"the mark of {row.name} as public")
    expect_equal("impaired" in row.marks, "impaired" in listener, f"the mark of {row.name} as impaired")


def expect_rates(view, before, answer):
    """Expects the rates between two successive answers on the page."""
    earlier = {each["name"]: each for each in before["listeners"]}
    seconds = answer["uptimeSeconds"] - before["uptimeSeconds"]
    for listener in answer["listeners"]:
        name = listener["name"]
        for what in ("messages", "bytes"):
            rate = view.rows[name].rate(what)
            expected = (listener[what]["received"] - earlier[name][what]["received"]) / seconds
            expect(rate is not None and abs(rate - expected) <= ROUNDING + abs(expected) * 1e-9,
                   f"{what} a second of {name}: expected {expected:.3f}, saw {rate}")
