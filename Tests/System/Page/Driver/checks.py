"""Named checks, each reported in one line that the tests read: `ok NAME` or `failed NAME: WHY`."""

import time, traceback

# A trivial step can take this long on a busy machine.
PATIENCE = 30


class Failure(Exception):
    """What was expected, and what was seen instead."""


def expect(condition, why):
    if not condition:
        raise Failure(why)


def expect_equal(seen, expected, what):
    expect(seen == expected, f"{what}: expected {expected!r}, saw {seen!r}")


def wait_for(what, test, seconds=PATIENCE):
    """Returns the first true value of a test that is repeated until then."""
    end = time.monotonic() + seconds
    while True:
        if value := test():
            return value
        expect(time.monotonic() < end, f"{what} did not come within {seconds} s")
        time.sleep(0.02)


def measured(text):
    print("measured: " + text, flush=True)


def run(checks):
    """Runs (name, function) pairs one after the other; a check that fails does not stop the others."""
    for name, check in checks:
        start = time.monotonic()
        try:
            check()
            print(f"ok {name} ({time.monotonic() - start:.1f} s)", flush=True)
        except Failure as failure:
            report(name, str(failure))
        except Exception:
            report(name, traceback.format_exc())


def report(name, why):
    print(f"failed {name}: " + " | ".join(why.strip().splitlines()), flush=True)
