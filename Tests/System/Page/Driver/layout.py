"""The width of the page."""

from checks import expect, expect_equal

# A viewport that has room for every row, because the lines of rows out of view are not drawn.
TALL = (1280, 30_000)

# What reaches beyond the right edge of the viewport, unless an ancestor of it scrolls.
BEYOND = """
const scrolls = (element) => {
  for (let each = element.parentElement; each && each !== document.body; each = each.parentElement) {
    if (["auto", "scroll"].includes(getComputedStyle(each).overflowX)) return true;
  }
  return false;
};
const isHidden = (box) => box.width <= 1 || box.height <= 1;
return [...document.body.querySelectorAll("*")].filter((each) => {
  const box = each.getBoundingClientRect();
  return each.checkVisibility() && !isHidden(box) && box.right > innerWidth + 0.5 && !scrolls(each);
}).slice(0, 5).map((each) => each.outerHTML.slice(0, 120));
"""
# Figures that cover what is beside their cell.
OUTSIDE = """
return [...document.querySelectorAll("data[data-figure]")].filter((each) => {
  const cell = each.closest("td, th, [role=cell], #totals > *");
  return each.checkVisibility() && each.getBoundingClientRect().right > cell.getBoundingClientRect().right + 0.5;
}).slice(0, 5).map((each) => each.outerHTML.slice(0, 120));
"""


def check_width(browser, width, height=900):
    """Nothing overflows a viewport of this width in pixels."""
    browser.size(width, height)
    browser.wait("the viewport", "innerWidth === arguments[0]", width)
    document = browser.script("return document.documentElement.scrollWidth")
    beyond = browser.script(BEYOND)
    expect(document <= width, f"the document is {document} px wide, the viewport {width} px; beyond it: {beyond}")
    expect_equal(beyond, [], f"elements beyond {width} px")
    expect_equal(browser.script(OUTSIDE), [], f"figures that leave their cell at {width} px")
