"""The page that says what came out: docs/benchmarks.md."""

import datetime
import os
import platform

from .measure import median, ratio
from .peers import ECHOD, FLOOR, RIVALS

REST_BYTES = 16 << 20
IDLE_BYTES = 256

PAGE = """# Benchmarks

`make bench` made this page: echod beside a C epoll loop of the plainest kind (the floor), which counts nothing and guards
nothing, and beside what one might pick instead. echod runs with the reply's source address, its counters, its client
table and every limit and guard on. Where the time goes: [performance.md](performance.md).

Measured on {date}, on {machine}. Versions: {versions}.{skipped}

## Processor time for a message

The server has one core and the load, `echoc bench`, another; {rounds} rounds of {seconds} s for each cell and server,
interleaved. The figure is the server's processor time, user and system, for a message that came back right; a ratio is
the median of the rounds' ratios. Less is better. Where one message is in flight, most of it is what it costs to wake a
processor; on a virtual machine that is the host's affair and changes from minute to minute.

{verdicts}

![echod's processor time for a message, as a part of each peer's](benchmarks/ratios.svg)

![Microseconds of processor time for a message](benchmarks/processor-time.svg)

![Round trips: median and 99th percentile](benchmarks/latency.svg)

{tables}

## Memory and queues

{resources}
"""

TABLES = """Microseconds of the server's processor time for a message, and in the last column of the load's:

{costs}

Messages a second:

{speeds}

Round trips in microseconds, median and 99th percentile, under that load:

{latencies}"""


def machine():
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "unknown")
    gigabytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return (
        f"{os.cpu_count()} virtual processors ({model}), {gigabytes:.0f} GiB, "
        f"Linux {platform.release().split('-')[0]}, {platform.freedesktop_os_release()['PRETTY_NAME']}")


def named(cell_samples, name):
    return next((samples for peer, samples in cell_samples.items() if peer.name == name), None)


def best_rival(cell_samples):
    """The rival that took least."""
    rivals = [(peer, samples) for peer, samples in cell_samples.items() if peer.name in RIVALS]
    return min(rivals, key=lambda rival: median(rival[1], "cpu"), default=(None, None))


def verdict(cell, cell_samples):
    """Echod's ratios to the floor and to the best rival, the latter's name, and whether both hold."""
    echod, floor = named(cell_samples, ECHOD), named(cell_samples, FLOOR)
    rival, samples = best_rival(cell_samples)
    to_floor = ratio(echod, floor)
    to_best = ratio(echod, samples) if rival else None
    holds = to_floor <= cell.of_floor and (to_best is None or to_best <= cell.of_best)
    return to_floor, to_best, rival.name if rival else "none", holds


def verdict_row(cell, cell_samples):
    to_floor, to_best, rival, holds = verdict(cell, cell_samples)
    best = f"{to_best:.2f} ({rival})" if to_best else "none"
    micros = median(named(cell_samples, ECHOD), "cpu")
    return (
        f"| {cell.name} | {micros:.2f} µs | {to_floor:.2f} | {cell.of_floor:.2f} | {best} | {cell.of_best:.2f} | "
        f"{'yes' if holds else '**no**'} |")


def verdicts(samples):
    heading = "| cell | echod | to the floor | at most | to the best other | at most | holds |\n|---|---|---|---|---|---|---|"
    return "\n".join([heading, *(verdict_row(*entry) for entry in samples.items())])


def table(samples, peers, text, last=None):
    """A table of cells and peers."""
    names = [peer.name for peer in peers] + (["load"] if last else [])
    rows = [f"| cell | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for cell, of in samples.items():
        values = [text(of[peer]) if peer in of else "" for peer in peers] + ([last(of)] if last else [])
        rows.append(f"| {cell.name} | {' | '.join(values)} |")
    return "\n".join(rows)


def tables(samples, peers):
    return TABLES.format(
        costs=table(
            samples, peers, lambda of: f"{median(of, 'cpu'):.2f}",
            last=lambda of: f"{median(named(of, ECHOD), 'load_cpu'):.2f}"),
        speeds=table(samples, peers, lambda of: f"{median(of, 'per_second'):,.0f}"),
        latencies=table(samples, peers, lambda of: f"{median(of, 'p50'):,.0f}, {median(of, 'p99'):,.0f}"))


def resource_table(found):
    return "\n".join((
        "| what | measured | wanted |\n|---|---|---|",
        f"| echod's resident memory at rest | {found.at_rest / 2**20:.1f} MiB | {REST_BYTES >> 20} MiB or less |",
        f"| memory of echod's own for an idle TCP connection, of 10,000 | {found.idle_connection:.0f} bytes | "
        f"{IDLE_BYTES} bytes or less |",
        "| UDP 64 B, datagrams a second that are answered on both cores while more come: one queue, two queues | "
        f"{found.one_queue:,.0f}, {found.two_queues:,.0f} | more with two |",
    ))


def page(samples, peers, missing, found, rounds, seconds):
    skipped = "".join(f" Skipped: {name}, because {why}." for name, why in missing.items())
    return PAGE.format(
        date=datetime.date.today().isoformat(), machine=machine(), skipped=skipped, rounds=rounds, seconds=seconds,
        versions=", ".join(f"{peer.name} {peer.version}" for peer in peers), verdicts=verdicts(samples),
        tables=tables(samples, peers), resources=resource_table(found))
