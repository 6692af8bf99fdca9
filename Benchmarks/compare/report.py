"""The page with the results: docs/benchmarks.md."""

import datetime
import os
import platform

from .busy import MICROSECONDS, busy_table
from .measure import median, ratio
from .peers import ECHOD, FLOOR, RIVALS

REST_BYTES = 16 << 20
IDLE_BYTES = 256

PAGE = """# Benchmarks

`make bench` generates this page. It compares echod with a minimal C epoll loop (the floor), which has no counters and
no guards, and with other echo servers. echod runs with everything on: the reply's source address, the counters, the
client table, and every limit and guard. [performance.md](performance.md) shows where the time goes.

Measured on {date}, on {machine}. Versions: {versions}.{skipped}

## Processor time per message

The server has one core and the load generator, `echoc bench`, another; {rounds} rounds of {seconds} s for each workload
and server, interleaved. The table shows the server's processor time, user and system, for each correct reply. A ratio
is the median of the rounds' ratios. Lower is better. With one message in flight, most of the time is the cost of waking
a processor; on a virtual machine this cost depends on the host and changes from minute to minute.

{verdicts}

![echod's processor time per message, relative to each other server](benchmarks/ratios.svg)

![Processor time per message in microseconds](benchmarks/processor-time.svg)

![Round trips: median and 99th percentile](benchmarks/latency.svg)

{tables}

## Busy polling

With the key `busyPollMicroseconds`, a queue looks for the next message for a while before it sleeps, here for
{microseconds} µs; [performance.md](performance.md#busy-polling) says when to use it. The load is one client that waits
for each reply. The server and the client have a core each. These rounds are interleaved too, but are separate from
those of the tables above. A ratio is the median of the rounds' ratios.

{busy}

![Round trips with and without busy polling: median and 99th percentile](benchmarks/busy-polling.svg)

## Memory and queues

{resources}
"""

TABLES = """The server's processor time per message, in microseconds; the last column is the load generator's:

{costs}

Messages per second:

{speeds}

Round trips under this load: median and 99th percentile, in microseconds:

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
    heading = (
        "| workload | echod | ratio to the floor | target | ratio to the best other server | target | met |\n"
        "|---|---|---|---|---|---|---|")
    return "\n".join([heading, *(verdict_row(*entry) for entry in samples.items())])


def table(samples, peers, text, last=None):
    """A table of cells and peers."""
    names = [peer.name for peer in peers] + (["load"] if last else [])
    rows = [f"| workload | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
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
        "| what | measured | target |\n|---|---|---|",
        f"| echod's resident memory at rest | {found.at_rest / 2**20:.1f} MiB | {REST_BYTES >> 20} MiB or less |",
        f"| echod's own memory for each of 10,000 idle TCP connections | {found.idle_connection:.0f} bytes | "
        f"{IDLE_BYTES} bytes or less |",
        "| UDP 64 B, datagrams answered per second on both cores under overload: one queue, two queues | "
        f"{found.one_queue:,.0f}, {found.two_queues:,.0f} | more with two |",
    ))


def page(samples, peers, missing, busy, found, rounds, seconds):
    skipped = "".join(f" Skipped: {name}, because {why}." for name, why in missing.items())
    return PAGE.format(
        date=datetime.date.today().isoformat(), machine=machine(), skipped=skipped, rounds=rounds, seconds=seconds,
        versions=", ".join(f"{peer.name} {peer.version}" for peer in peers), verdicts=verdicts(samples),
        tables=tables(samples, peers), microseconds=MICROSECONDS, busy=busy_table(busy), resources=resource_table(found))
