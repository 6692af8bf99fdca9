"""Clients of every listener, each with its own address, most with a rate that changes with time."""

import math, random, socket, threading, time

# A client sends what is due this often.
TICK_SECONDS = 0.05


def wave(low, high, period, phase=0.0):
    return lambda now: low + (high - low) * (1 + math.sin(2 * math.pi * (now / period + phase))) / 2


def bursts(rate, active, period, phase=0.0):
    return lambda now: rate if (now / period + phase) % 1 * period < active else 0


def steady(rate):
    return lambda now: rate


# The listener's transport and port, the client's address, bytes of a message, messages per second.
CLIENTS = [
    ("udp", 7000, "10.0.0.21", 64, wave(150, 900, 120)),
    ("udp", 7000, "10.0.0.22", 512, wave(20, 200, 47, 0.3)),
    ("udp", 7000, "10.0.4.7", 1200, bursts(300, 12, 70)),
    ("tcp", 7000, "10.0.0.23", 4000, wave(40, 260, 90, 0.5)),
    ("tcp", 7000, "10.0.0.24", 16000, bursts(60, 30, 110, 0.2)),
    *[("udp", 12000, f"10.0.8.{40 + each}", 24 + each, bursts(2, 40, 90 + each, each / 30)) for each in range(12)],
    *[("tcp", 12000, f"10.0.8.{40 + each}", 30 + each, bursts(3, 30, 75 - each, each / 20)) for each in range(9)],
    ("udp", 7777, "203.0.113.80", 32, steady(25)),
    ("udp", 7777, "198.51.100.14", 32, wave(5, 35, 60)),
    # Exceeds the rate limit.
    ("udp", 7777, "198.51.100.66", 32, bursts(150, 20, 80, 0.9)),
]


class Traffic:
    def __init__(self, server):
        """Begins to send to the server's address."""
        self.stopping = threading.Event()
        self.start = time.monotonic()
        self.threads = [threading.Thread(target=self.send, args=(server, *client), daemon=True) for client in CLIENTS]
        for thread in self.threads:
            thread.start()

    def send(self, server, transport, port, address, size, rate):
        kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
        due = random.random()
        with socket.socket(socket.AF_INET, kind) as client:
            client.bind((address, 0))
            client.connect((server, port))
            client.setblocking(False)
            while not self.stopping.wait(TICK_SECONDS):
                due += rate(time.monotonic() - self.start) * random.uniform(0.8, 1.2) * TICK_SECONDS
                for _ in range(int(due)):
                    exchange(client, bytes(size))
                due -= int(due)

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()


def exchange(client, message):
    for action in (lambda: client.send(message), lambda: client.recv(1 << 18)):
        try:
            action()
        except OSError:
            # Nothing to receive yet, no room to send, or echod has stopped.
            return
