#!/usr/bin/env python3
"""take.py PROGRAMS OUTPUT SECONDS: makes the screenshots of the live page in docs/images.

Runs the echod of the folder PROGRAMS under traffic for that many seconds. scripts/screenshots gives it a network of its
own.
"""

import base64, contextlib, os, re, subprocess, sys, tempfile, time

sys.dont_write_bytecode = True
here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "../../Tests/System/Page/Driver"))

from browser import WITH_PARENT, Browser
from checks import wait_for
from load import Traffic

SERVER = "10.0.0.1"
# The size of the pictures in CSS pixels; the height is that of the page, up to a limit.
WIDTH, MOST_HEIGHT, SCALE = 1280, 1200, 1.25
# How often the height of the window is fitted to that of the page.
FITTINGS = 12
SHOWN = "document.documentElement.dataset.state === 'running' && Number(document.querySelector('#listeners').dataset.uptime)"


def resize(browser, height):
    browser.cdp(
        "Emulation.setDeviceMetricsOverride", width=WIDTH, height=height, deviceScaleFactor=SCALE, mobile=False)


def take(browser, scheme, path):
    browser.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    height = 800
    # Rows grow with the window, but by less.
    for _ in range(FITTINGS):
        resize(browser, height)
        document = browser.script("return Math.ceil(document.body.getBoundingClientRect().height)")
        height = min(document, MOST_HEIGHT)
    # Wait for an answer that is drawn in the new size.
    before = browser.wait("an answer", SHOWN)
    wait_for("another answer", lambda: browser.script(f"return {SHOWN}") > before)
    picture = browser.cdp("Page.captureScreenshot", format="png")["data"]
    with open(path, "wb") as file:
        file.write(base64.b64decode(picture))
    print(f"{path}: {WIDTH * SCALE:.0f} x {height * SCALE:.0f}, {os.path.getsize(path) // 1024} KiB", flush=True)


def expect_traffic(browser):
    """Every listener must have traffic, and one must have drops."""
    figures = browser.script("""
        return [...document.querySelectorAll("[data-listener]")].map((row) => [row.dataset.listener,
          ...["messages.received", "dropped.total"].map((each) =>
            Number(row.querySelector(`[data-figure="${each}"]`).value))])
        """)
    idle = [name for name, received, _ in figures if not received]
    if idle or len(figures) < 5 or not any(dropped for _, _, dropped in figures):
        sys.exit(f"The page does not show the traffic: {figures}")


@contextlib.contextmanager
def traffic(programs, seconds):
    """Our clients and `echoc bench`, for a little longer than that."""
    clients = Traffic(SERVER)
    bench = subprocess.Popen(
        [*WITH_PARENT, f"{programs}/echoc", "bench", f"tcp://{SERVER}:7000", "--rate", "120", "-c", "4", "-s", "1000",
         "-d", str(int(seconds) + 60)], stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        bench.terminate()
        bench.wait()
        clients.stop()


def main():
    programs, output, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        log = open(os.path.join(folder, "log"), "w+")
        daemon = subprocess.Popen(
            [*WITH_PARENT, f"{programs}/echod", "--config", f"{here}/echod.json"], stderr=log)
        wait_for("the start of echod", lambda: re.search(r" is ready|rror", open(log.name).read()))
        browser = Browser(folder)
        try:
            resize(browser, MOST_HEIGHT)
            browser.open("http://localhost:8080/")
            with traffic(programs, seconds):
                time.sleep(seconds)
                expect_traffic(browser)
                os.makedirs(output, exist_ok=True)
                for scheme in ("light", "dark"):
                    take(browser, scheme, f"{output}/page-{scheme}.png")
        finally:
            browser.close()
            daemon.terminate()
            daemon.wait()


main()
