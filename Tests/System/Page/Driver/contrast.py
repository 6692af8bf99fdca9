"""The contrast of text with its background."""

from checks import expect, expect_equal


def check_contrast(browser, scheme):
    browser.cdp("Emulation.setEmulatedMedia", features=[
        {"name": "prefers-color-scheme", "value": scheme}, {"name": "prefers-reduced-motion", "value": "reduce"}])
    try:
        is_dark = browser.script("return matchMedia('(prefers-color-scheme: dark)').matches")
        expect_equal(is_dark, scheme == "dark", "the color scheme")
        # Transitions of colors must end first.
        browser.wait("the end of the transitions",
                     "document.getAnimations().every((each) => each.playState !== 'running')")
        seen = browser.file("contrast.js")
        expect(seen["count"] > 20, f"only {seen['count']} texts were found")
        expect_equal(sorted(set(seen["poor"])), [], f"texts of poor contrast in the {scheme} color scheme")
    finally:
        browser.cdp("Emulation.setEmulatedMedia", features=[])
