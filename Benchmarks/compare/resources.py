"""What echod takes beside processor time: memory at rest and for idle connections, and what a second queue brings."""

import json
import resource
import socket
import statistics
import sys
import time
import urllib.request
from dataclasses import dataclass

from .measure import LOAD_CORE, SERVER_CORE, port_of, running, wait_until_ready
from .peers import BUILD

IDLE_CONNECTIONS = 10_000
# No client has as many ports to one server's as it takes, with what lingers: each address of loopback is another client.
CONNECTIONS_OF_A_CLIENT = 4_000


@dataclass(frozen=True)
class Resources:
    # Both in bytes: of a daemon that serves one connection, and of each idle connection more.
    at_rest: int
    idle_connection: float
    # Datagrams a second that are answered by one queue and by two, on both cores, in a flood.
    one_queue: float
    two_queues: float


def resident(pid):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmRSS:"))


def command(echod, transport, port, **keys):
    """Runs echod with one listener, and its admin socket on the port after the next."""
    listener = {"name": "bench", "transport": transport, "port": port, **keys}
    file = BUILD / f"echod-{transport}-{'-'.join(f'{key}-{value}' for key, value in keys.items())}.json"
    file.write_text(json.dumps({"admin": {"port": port + 2}, "listeners": [listener]}))
    return (echod.command["tcp"][0], "run", "--config", str(file))


def memory(echod, port):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with running(command(echod, "tcp", port, maxConnections=16_384)) as pid:
        wait_until_ready("tcp", port)
        at_rest, clients = resident(pid), []
        for number in range(IDLE_CONNECTIONS):
            client = socket.socket()
            client.bind((f"127.0.1.{number // CONNECTIONS_OF_A_CLIENT + 1}", 0))
            client.connect(("127.0.0.1", port))
            clients.append(client)
        # Each is served once, so that what it costs has been paid.
        for client in clients:
            client.send(b"!")
        for client in clients:
            client.recv(1)
        grown = resident(pid) - at_rest
        for client in clients:
            client.close()
    return at_rest, grown / IDLE_CONNECTIONS


def replies(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port + 2}/stats") as response:
        return json.load(response)["totals"]["messages"]["sent"]


def throughput(echod, port, queues, rounds, seconds):
    """Datagrams a second that echod answers on two cores while more come than it can answer."""
    cores, results = (SERVER_CORE, LOAD_CORE), []
    for _ in range(rounds):
        with running(command(echod, "udp", port, queues=queues), cores=cores):
            wait_until_ready("udp", port)
            flood = (sys.executable, "-m", "compare.flood", str(port), str(seconds + 2))
            with running(flood, cores=cores):
                # The flood has begun when much is answered.
                while (before := replies(port)) < 10_000:
                    time.sleep(0.01)
                begin = time.monotonic()
                time.sleep(seconds)
                results.append((replies(port) - before) / (time.monotonic() - begin))
    return statistics.median(results)


def resources(echod, rounds, seconds):
    port = port_of(echod, "tcp")
    at_rest, idle = memory(echod, port)
    one, two = (throughput(echod, port, queues, rounds, seconds) for queues in (1, 2))
    return Resources(at_rest, idle, one, two)
