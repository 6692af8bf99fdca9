"""How it is measured: a server on one core, echoc bench on another, cells and peers interleaved over rounds."""

import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass

from .peers import ROOT

SERVER_CORE, LOAD_CORE = 0, 1
START_SECONDS = 10
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Sample:
    # Of the server, user and system, for a message that was answered; in microseconds.
    cpu: float
    # Of echoc bench, for the same message.
    load_cpu: float
    per_second: float
    p50: float
    p99: float


def processor_seconds(pid):
    """A process's processor time, its threads' that ended and its children's that were waited for included."""
    # The clock of a process is exact to the nanosecond, and /proc to a tick: see clock_getcpuclockid(3).
    own = time.clock_gettime_ns((~pid << 3) | 2) / 1e9
    with open(f"/proc/{pid}/stat") as file:
        children = file.read().rpartition(")")[2].split()[13:15]
    return own + sum(map(int, children)) / TICKS


@contextmanager
def running(command, cores=(SERVER_CORE,)):
    pinned = ("taskset", "-c", ",".join(map(str, cores)), *command)
    process = subprocess.Popen(pinned, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def port_of(peer, transport):
    """Peers have a TCP port and, after it, a UDP port."""
    return peer.port + (transport == "udp")


def wait_until_ready(transport, port):
    """Waits until an echo answers."""
    end = time.monotonic() + START_SECONDS
    kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
    while time.monotonic() < end:
        with socket.socket(socket.AF_INET, kind) as client:
            client.settimeout(0.2)
            try:
                client.connect(("127.0.0.1", port))
                client.send(b"ready?")
                if client.recv(16) == b"ready?":
                    return
            except OSError:
                time.sleep(0.05)
    raise TimeoutError(f"nothing answers on {transport} port {port}")


def bench(transport, port, load, seconds, cores=(LOAD_CORE,)):
    """Runs echoc bench. Returns what it measured."""
    command = ("taskset", "-c", ",".join(map(str, cores)), str(ROOT / ".build/release/echoc"), "bench")
    process = subprocess.Popen(
        (*command, f"{transport}://127.0.0.1:{port}", *load, "-d", str(seconds), "--json"),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    out, errors = process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"echoc bench on {transport} port {port} ended with {process.returncode}: {errors}")
    return json.loads(out)


def sample(pid, cell, port, seconds):
    before, load_before = processor_seconds(pid), os.times()
    result = bench(cell.transport, port, cell.load, seconds)
    load_after = os.times()
    # A child of socat ends a moment after its client.
    time.sleep(0.02)
    messages, latency = result["messages"]["answered"], result["latencyMicroseconds"]
    load = sum(load_after[2:4]) - sum(load_before[2:4])
    return Sample(
        cpu=(processor_seconds(pid) - before) / messages * 1e6, load_cpu=load / messages * 1e6,
        per_second=result["messagesPerSecond"], p50=latency["p50"], p99=latency["p99"])


def compare(cells, peers, rounds, seconds):
    """Returns the samples of each cell's peers, one for each round."""
    samples = {cell: {peer: [] for peer in peers if peer.serves(cell)} for cell in cells}
    for number in range(rounds):
        for cell in cells:
            print(f"round {number + 1} of {rounds}: {cell.name}", file=sys.stderr)
            # Who comes first changes, so that what the machine does meanwhile meets everyone.
            order = list(samples[cell])
            start = number % len(order)
            for peer in order[start:] + order[:start]:
                with running(peer.command[cell.transport]) as pid:
                    port = port_of(peer, cell.transport)
                    wait_until_ready(cell.transport, port)
                    samples[cell][peer].append(sample(pid, cell, port, seconds))
    return samples


def median(samples, field):
    return statistics.median(getattr(sample, field) for sample in samples)


def ratio(samples, others):
    """The median of the rounds' ratios of processor time: what slowed a round slowed both."""
    return statistics.median(one.cpu / other.cpu for one, other in zip(samples, others))
