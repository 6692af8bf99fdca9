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


def shown(browser, answers, after=0):
    """Waits for an answer of /stats later than this one, and returns its index in the list and the view of it."""
    def latest():
        view = View(browser)
        found = [index for index, answer in enumerate(answers()) if answer.value["uptimeSeconds"] == view.uptime]
        return (found[-1], view) if found and found[-1] >= after else None
    return wait_for("an answer on the page", latest)


def expect_shown(browser, document):
    """Expects the figures of an answer that no longer changes; a new row takes a moment to be drawn."""
    def drawn():
        try:
            expect_figures(View(browser), document)
        except Failure as failure:
            return str(failure)
        return None
    try:
        wait_for("the figures", lambda: drawn() is None)
    except Failure:
        expect(False, drawn() or "the figures came late")
    return View(browser)


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
