"""An echod in a network namespace of its own, and what can be seen of it from outside."""

import ctypes, json, os, re, signal, socket, subprocess, threading, time

from random_files import PORTS, STRANGER_PORT

TARGETS = ["127.0.0.1", "127.0.0.2", "127.0.0.3", "::1", "fd00::1"]
CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1
PATIENCE = 30


def turn_away(stranger):
    while True:
        stranger.accept()[0].close()


def isolate(is_sharing):
    """Moves this process into a new network namespace, where another process already uses a port, or shares it."""
    libc = ctypes.CDLL(None, use_errno=True)
    # It ends with the driver, however that ends.
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if libc.unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for address in ("fd00::1", "fd00::9"):
        subprocess.run(["ip", "address", "add", address + "/128", "dev", "lo", "nodad"], check=True)
    strangers = []
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        stranger = socket.socket(socket.AF_INET, kind)
        stranger.bind(("127.0.0.2", STRANGER_PORT))
        if is_sharing:
            stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if kind == socket.SOCK_STREAM:
            stranger.listen()
            threading.Thread(target=turn_away, args=(stranger,), daemon=True).start()
        strangers.append(stranger)
    return strangers


def condition(test):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if (value := test()) is not None:
            return value
        time.sleep(0.001)
    return None


class Daemon:
    def __init__(self, echod, folder, file):
        self.folder = folder
        self.path = os.path.join(folder, "echod.json")
        self.log = os.path.join(folder, "log")
        self.write(file)
        with open(self.log, "w") as log:
            self.process = subprocess.Popen([echod, "--config", self.path], cwd=folder, stderr=log)
        self.read = 0

    def write(self, file):
        text = json.dumps(file).replace('"unix": "admin"', '"unix": "%s/admin"' % self.folder)
        with open(self.path + ".new", "w") as new:
            new.write(text)
        os.rename(self.path + ".new", self.path)
        self.file = file

    def news(self):
        with open(self.log) as log:
            log.seek(self.read)
            return log.read()

    def starts(self):
        """Returns whether it starts."""
        def outcome():
            if " is ready" in self.news():
                return True
            return None if self.process.poll() is None else False
        return bool(condition(outcome))

    def reload(self, file):
        """Reloads, and returns whether the new file is accepted."""
        before = self.file
        self.read = os.path.getsize(self.log)
        self.write(file)
        self.process.send_signal(signal.SIGHUP)
        def outcome():
            news = self.news()
            if "the reload failed" in news:
                return False
            return True if "was read again" in news else None
        taken = condition(outcome)
        if not taken:
            self.file = before
        if taken is None:
            raise TimeoutError("a reload: " + self.news())
        return taken

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(PATIENCE)

    def ask_admin(self):
        admin = self.file["admin"]
        if "unix" in admin:
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(PATIENCE)
            connection.connect(os.path.join(self.folder, admin["unix"]))
        else:
            # On these addresses there are only wildcard listeners.
            reached = {"0.0.0.0": "127.0.0.3", "::": "fd00::9"}.get(admin["address"], admin["address"])
            connection = socket.create_connection((reached, admin["port"]), PATIENCE)
        with connection:
            connection.sendall(b"GET /stats HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            reply = b""
            while piece := connection.recv(65536):
                reply += piece
        return json.loads(reply.split(b"\r\n\r\n", 1)[1])

    def seen_lastingly(self):
        """The same twice in a row: on a busy machine a reply may be late."""
        last = None
        def lasting():
            nonlocal last
            before, last = last, self.seen()
            return last if last == before else None
        return condition(lasting) or last

    def seen(self):
        """Everything that can be seen from outside: sockets, answers, and who counted them."""
        before = self.counts()
        clients = {(kind, *place): Client(kind, *place) for kind in ("udp", "tcp") for place in places()}
        for _ in range(2):
            for client in clients.values():
                client.send()
            # A snapshot serves everything that has arrived, so the replies are here now.
            after = self.counts()
            for client in clients.values():
                client.take_reply()
        for client in clients.values():
            client.close()
        counts = [(facts, counted - dict(before).get(facts, 0)) for facts, counted in after]
        return {"answers": {place: client.replies for place, client in clients.items()}, "counts": counts,
                "sockets": sockets()}

    def counts(self):
        """What each listener has counted, once all queues have served what had arrived."""
        def complete():
            listeners = self.ask_admin()["listeners"]
            return None if any("queuesNotAnswering" in listener for listener in listeners) else listeners
        listeners = condition(complete)
        if listeners is None:
            raise TimeoutError("queues do not answer")
        rows = []
        for listener in listeners:
            facts = tuple(str(listener[key]) for key in ("name", "transport", "address", "port", "service"))
            rows.append((facts, listener["messages"]["received"] + listener["dropped"]["denied"]))
        return rows


def places():
    return [(target, port) for target in TARGETS for port in PORTS]


class Client:
    """A client that sends two messages and notes what happens to them."""

    def __init__(self, kind, target, port):
        family = socket.AF_INET6 if ":" in target else socket.AF_INET
        self.replies = []
        self.socket = socket.socket(family, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM)
        self.socket.settimeout(PATIENCE)
        # Some listeners allow only some of these addresses.
        self.socket.bind((target if target != "127.0.0.3" else "127.0.0.1", 0))
        self.attempt(lambda: self.socket.connect((target, port)))
        self.socket.setblocking(False)

    def send(self):
        self.attempt(lambda: self.socket.send(b"hello"))

    def take_reply(self):
        self.attempt(lambda: self.replies.append(self.socket.recv(64)))

    def attempt(self, action):
        if self.replies[-1:] in (["refused"], [b""]):
            return
        try:
            action()
        except BlockingIOError:
            self.replies.append("nothing")
        except ConnectionRefusedError:
            self.replies.append("refused")
        except (ConnectionResetError, BrokenPipeError):
            self.replies.append(b"")

    def close(self):
        self.socket.close()


def sockets():
    """The bound sockets with their backlogs and buffers, from ss(8)."""
    rows = []
    output = subprocess.run(["ss", "-HOltunme"], capture_output=True, text=True, check=True).stdout
    for row in output.splitlines():
        kind, _, _, backlog, local, *rest = row.split()
        facts = [re.search(pattern, row) for pattern in (r"v6only:\d", r"skmem:\(r\d+,(rb\d+)")]
        rows.append((kind, backlog if kind == "tcp" else "", local) + tuple(f and f.group(0)[-9:] for f in facts))
    return sorted(rows, key=str)
