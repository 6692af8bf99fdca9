"""Compares all, prints the table and writes docs/benchmarks.md with its plots: python3 -m compare"""

import argparse
import os
import sys

from .busy import busy_table, round_trips
from .cells import CELLS
from .measure import compare
from .peers import ECHOD, EVERYONE, ROOT, available
from .plots import draw
from .report import page, resource_table, tables, verdicts
from .resources import resources

FIRST_PORT = 17_000


def arguments():
    options = argparse.ArgumentParser(prog="compare", description=__doc__)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=int, default=2, help="for each workload and server in a round")
    options.add_argument("--only", default="", help="workloads whose names contain this; nothing is written")
    return options.parse_args()


def main():
    chosen = arguments()
    if os.cpu_count() < 2:
        sys.exit("The server needs a core of its own and the load another: this machine has one.")
    peers, missing = available(EVERYONE, FIRST_PORT)
    cells = [cell for cell in CELLS if chosen.only in cell.name]
    samples = compare(cells, peers, chosen.rounds, chosen.seconds)
    if chosen.only:
        print(tables(samples, peers))
        return
    echod = next(peer for peer in peers if peer.name == ECHOD)
    busy = round_trips(peers, FIRST_PORT + 10 * len(EVERYONE), chosen.rounds, chosen.seconds)
    found = resources(echod, chosen.rounds, chosen.seconds)
    print(f"{verdicts(samples)}\n\n{busy_table(busy)}\n\n{resource_table(found)}")
    (ROOT / "docs/benchmarks.md").write_text(page(samples, peers, missing, busy, found, chosen.rounds, chosen.seconds))
    draw(samples, busy, ROOT / "docs/benchmarks")


main()
