"""Plots of the results, in SVG."""

import matplotlib

matplotlib.use("svg")
# Text stays text, and the same figures make the same file.
matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "echod", "font.size": 9})

import matplotlib.pyplot as pyplot  # noqa: E402

from .busy import POLLING
from .measure import median, ratio  # noqa: E402
from .peers import ECHOD  # noqa: E402
from .report import named  # noqa: E402

ACCENT, OTHER, LIGHT = "#d1495b", "#6c7a89", "#c5ccd3"


def save(figure, folder, name):
    figure.tight_layout()
    figure.savefig(folder / f"{name}.svg", metadata={"Date": None})
    pyplot.close(figure)


def colour(peer):
    return ACCENT if peer.name in (ECHOD, POLLING) else OTHER


def panels(samples):
    """A panel for each cell, peers from top to bottom."""
    rows = -(-len(samples) // 2)
    figure, axes = pyplot.subplots(rows, 2, figsize=(10, 2.1 * rows))
    for spare in axes.flat[len(samples):]:
        spare.axis("off")
    for axis, (cell, cell_samples) in zip(axes.flat, samples.items()):
        axis.set_title(cell.name, loc="left", fontsize=10)
        axis.spines[["top", "right"]].set_visible(False)
        axis.set_yticks(range(len(cell_samples)), [peer.name for peer in cell_samples])
        axis.invert_yaxis()
        yield axis, cell_samples
    yield figure, None


def processor_time(samples, folder):
    for axis, cell_samples in panels(samples):
        if cell_samples is None:
            save(axis, folder, "processor-time")
            return
        values = [median(of, "cpu") for of in cell_samples.values()]
        bars = axis.barh(range(len(values)), values, color=[colour(peer) for peer in cell_samples])
        axis.bar_label(bars, fmt=" %.2f µs")
        axis.margins(x=0.2)


def latency(samples, folder, name):
    for axis, cell_samples in panels(samples):
        if cell_samples is None:
            save(axis, folder, name)
            return
        for place, (peer, of) in enumerate(cell_samples.items()):
            p50, p99 = median(of, "p50"), median(of, "p99")
            axis.plot((p50, p99), (place, place), color=LIGHT, linewidth=4, zorder=1)
            axis.scatter((p50, p99), (place, place), color=colour(peer), marker="o", zorder=2)
        axis.set_xscale("log")
        axis.set_xlabel("µs: median to 99th percentile")


def ratios(samples, folder):
    """Echod's processor time relative to each peer: left of 1 echod uses less."""
    figure, axis = pyplot.subplots(figsize=(10, 4.5))
    peers = [peer for peer in next(iter(samples.values())) if peer.name != ECHOD]
    looks = {peer: {"marker": marker, "color": f"C{number}"} for number, (peer, marker) in enumerate(zip(peers, "DosvP^X"))}
    for place, cell_samples in enumerate(samples.values()):
        echod = named(cell_samples, ECHOD)
        for peer, look in looks.items():
            if peer in cell_samples:
                label = peer.name if place == 0 else None
                axis.scatter(ratio(echod, cell_samples[peer]), place, s=45, alpha=0.8, label=label, **look)
    axis.axvline(1, color=ACCENT, linewidth=1)
    axis.set_yticks(range(len(samples)), [cell.name for cell in samples])
    axis.invert_yaxis()
    axis.set_xlim(left=0)
    axis.set_xlabel("echod's processor time per message, relative to the other server; left of the line echod uses less")
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
    save(figure, folder, "ratios")


def draw(samples, busy, folder):
    folder.mkdir(exist_ok=True)
    processor_time(samples, folder)
    latency(samples, folder, "latency")
    latency(busy, folder, "busy-polling")
    ratios(samples, folder)
