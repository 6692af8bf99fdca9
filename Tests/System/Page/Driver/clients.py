"""Very many clients, and a slow one."""

import contextlib, select, socket

from checks import PATIENCE, wait_for

# How many clients wait for their replies at the same time: fewer than a receive buffer has room for.
BURST = 100
# How many of them send more than one message.
BUSY = 10


def send_from_many(endpoint, count, served):
    """Sends a message from each of so many clients of a UDP listener, and more from the last few.

    Returns those few, with the number of messages that each has sent. echod forgets a client some time after its last
    message: on a busy machine the clients cannot wait for each other's replies. No client uses a served port.
    """
    for start in range(0, count, BURST):
        with contextlib.ExitStack() as sockets:
            clients = [sockets.enter_context(bound_client(f"127.1.{index >> 8}.{index & 255}", served))
                       for index in range(start, min(start + BURST, count))]
            for client in clients:
                client.connect(endpoint)
                client.send(b"hello")
            for client in clients:
                client.recv(64)
            if start + BURST >= count:
                return [send_more(client, more) for more, client in enumerate(clients[-BUSY:], 1)]


def bound_client(address, served):
    """A client whose port is not that of a listener: the loop guard would drop its datagrams."""
    while True:
        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        client.settimeout(PATIENCE)
        client.bind((address, 0))
        if client.getsockname()[1] not in served:
            return client
        client.close()


def send_more(client, count):
    """Sends so many messages after the first one, and returns the client's endpoint and how many it has sent."""
    for _ in range(count):
        client.send(b"hello")
        client.recv(64)
    return "%s:%d" % client.getsockname(), count + 1


@contextlib.contextmanager
def slow_client(daemon, name):
    """A client of a TCP listener that reads nothing, and has sent so much that echod cannot send all replies."""
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(PATIENCE)
        client.connect(daemon.endpoint(name))
        client.setblocking(False)
        seen = []

        def is_stuck():
            while select.select([], [client], [], 0.2)[1]:
                client.send(bytes(65536))
            seen.append(next(each["bytes"] for each in daemon.stats()["listeners"] if each["name"] == name))
            return seen[-1]["received"] > seen[-1]["sent"] and seen[-1] in seen[:-1]
        wait_for("a reply that cannot be sent", is_stuck)
        yield
