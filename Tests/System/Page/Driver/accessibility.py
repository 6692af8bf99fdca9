"""What assistive technology gets: Chromium's accessibility tree."""

from collections import Counter

from checks import expect, expect_equal

NAMED = {"button", "textbox", "searchbox", "combobox", "checkbox", "link", "image", "img", "graphics-document", "table",
         "columnheader", "RootWebArea"}


def tree(browser):
    """The (role, name) pairs of the nodes that are not ignored."""
    nodes = browser.cdp("Accessibility.getFullAXTree")["nodes"]
    return [(node["role"]["value"], node.get("name", {}).get("value", "").strip())
            for node in nodes if not node.get("ignored")]


def check_names(browser):
    nodes = tree(browser)
    roles = Counter(role for role, _ in nodes)
    for role in ("button", "table", "status"):
        expect(roles[role], f"nothing has the role {role}: {dict(roles)}")
    expect(roles["searchbox"] + roles["textbox"], f"there is no input: {dict(roles)}")
    expect(roles["image"] + roles["img"], f"there is no image: {dict(roles)}")
    nameless = Counter(role for role, name in nodes if role in NAMED and not name)
    expect_equal(dict(nameless), {}, "elements without a name")


def check_roles(browser, listeners):
    """The table stays one on a narrow page, whatever its cells look like."""
    expect_equal(browser.script("return innerWidth"), 360, "the viewport")
    roles = Counter(role for role, _ in tree(browser))
    expect(roles["table"] >= 1, f"there is no table: {dict(roles)}")
    expect(roles["row"] >= listeners, f"{roles['row']} rows for {listeners} listeners: {dict(roles)}")
    cells = roles["cell"] + roles["gridcell"] + roles["rowheader"]
    expect(cells >= 5 * listeners, f"{cells} cells for {listeners} listeners: {dict(roles)}")
