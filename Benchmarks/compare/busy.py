"""Busy polling: the round trips of one client that waits for each reply, with and without it."""

import dataclasses
import statistics

from .cells import CELLS
from .measure import compare, median
from .peers import ECHOD, FLOOR, configured

MICROSECONDS = 200
POLLING = f"echod, {MICROSECONDS} µs"
# The largest share of the floor's median round trip that busy polling may take.
OF_FLOOR = 0.5


def round_trips(peers, port, rounds, seconds):
    """Samples of the floor, of echod, and of echod with busy polling, for the cells with one message in flight."""
    floor, echod = (next(peer for peer in peers if peer.name == name) for name in (FLOOR, ECHOD))
    program = echod.command["tcp"][0]
    polling = dataclasses.replace(
        echod, name=POLLING, port=port,
        command=configured(program, port, "polling", busyPollMicroseconds=MICROSECONDS))
    return compare([cell for cell in CELLS if is_alone(cell)], [floor, echod, polling], rounds, seconds)


def is_alone(cell):
    """Whether each message waits for the reply to the one before, on one connection or socket."""
    return cell.load[:2] == ("-c", "1") and "-p" not in cell.load and "--churn" not in cell.load


def shorter(samples, others):
    """The median of the rounds' ratios of median round trips."""
    return statistics.median(one.p50 / other.p50 for one, other in zip(samples, others))


def busy_table(found):
    rows = [
        "| workload | server | median | 99th percentile | messages per second | processor time per message | "
        "median relative to the floor | target | met |",
        "|---" * 9 + "|",
    ]
    for cell, of in found.items():
        floor = next(samples for peer, samples in of.items() if peer.name == FLOOR)
        for peer, samples in of.items():
            ratio = shorter(samples, floor)
            is_polling = peer.name == POLLING
            target = f"{OF_FLOOR:.2f} | {'yes' if ratio <= OF_FLOOR else '**no**'}" if is_polling else " | "
            rows.append(
                f"| {cell.name} | {peer.name} | {median(samples, 'p50'):,.0f} µs | {median(samples, 'p99'):,.0f} µs | "
                f"{median(samples, 'per_second'):,.0f} | {median(samples, 'cpu'):.2f} µs | {ratio:.2f} | {target} |")
    return "\n".join(rows)
