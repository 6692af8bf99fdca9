"""Clients that send to listeners until they are stopped."""

import socket, threading

# Datagrams and messages of each round, and the pause after it.
ROUND, PAUSE = 5, 0.02


class Traffic:
    def __init__(self, daemon, names):
        """One client for each of these listeners; the n-th sends messages of n bytes."""
        self.stopping = threading.Event()
        transports = {each["name"]: each["transport"] for each in daemon.listeners}
        self.threads = [
            threading.Thread(target=self.send, args=(daemon.endpoint(name), transports[name], bytes(size)), daemon=True)
            for size, name in enumerate(names, 1)]
        for thread in self.threads:
            thread.start()

    def send(self, endpoint, transport, message):
        family = socket.AF_INET6 if ":" in endpoint[0] else socket.AF_INET
        kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
        with socket.socket(family, kind) as client:
            client.connect(endpoint)
            client.setblocking(False)
            while not self.stopping.wait(PAUSE):
                for _ in range(ROUND):
                    self.exchange(client, message)

    def exchange(self, client, message):
        for action in (lambda: client.send(message), lambda: client.recv(65536)):
            try:
                action()
            except BlockingIOError:
                pass
            except OSError:
                # echod is gone, or closes the connection: the client is done.
                return

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()
