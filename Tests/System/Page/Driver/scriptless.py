"""The page without JavaScript."""

from checks import expect, expect_equal
from layout import check_width
from view import COUNTS, View, expect_count


def check_without_scripts(browser, daemon):
    browser.cdp("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(daemon.origin + "/")
    finally:
        # The scripts of the page have had their time; those of the checks come now.
        browser.cdp("Emulation.setScriptExecutionDisabled", value=False)
    answer, view = daemon.stats(), View(browser)
    expect_equal(list(view.rows), [each["name"] for each in answer["listeners"]], "the listeners")
    for listener in answer["listeners"]:
        row = view.rows[listener["name"]]
        expect(row.is_shown, f"{row.name} is not shown")
        for group, name in COUNTS:
            if (group, name) != ("clients", "current"):
                expect_count(row.figures, f"{group}.{name}", listener[group][name], row.name)
        expect_equal("impaired on purpose" in row.text, "impaired" in listener, f"the mark of {row.name}")
        expect_count(row.figures, "dropped.total", listener["dropped"]["total"], row.name)
    for width in (360, 1920):
        check_width(browser, width)
