"""Random configurations with few addresses and ports, so that listeners often share a port."""

import copy

ADDRESSES = ["127.0.0.1", "127.0.0.2", "0.0.0.0", "::", "::1", "fd00::1"]
PORTS = [7001, 7002, 7003]
# In each world another process uses this port: see world.py.
STRANGER_PORT = 7003
# An address that no machine has.
MISSING = "192.0.2.77"
# The networks of all clients.
PEERS = ["127.0.0.0/8", "::1/128", "fd00::/8"]

CHANGES = {
    "udp": {
        "rateLimit": [None, {"perSecond": 100_000, "burst": 100_000}],
        "totalRateLimit": [None, {"perSecond": 100_000, "burst": 100_000}],
        "receiveBufferBytes": [None, 8192, 65_536],
        "answerLowPorts": [False, True],
        "reflectTrafficClass": [False, True],
        "proxyProtocol": [None] * 4 + [{"from": PEERS}, {"from": ["10.0.0.0/8"], "datagrams": "first"}],
        # Nothing that depends on the time, or on how many messages a port has sent before.
        "impair": [None, {}, {"seed": 1, "lossPercent": 100}, {"duplicatePercent": 100}],
    },
    "tcp": {
        "backlog": [4096, 16],
        "maxConnections": [1000, 2000],
        "maxConnectionsPerClient": [None, 500],
        "idleTimeoutSeconds": [0, 3600],
        "keepAliveSeconds": [120, 0, 7],
        "closeAfterReply": [False, True],
        "proxyProtocol": [None] * 4 + [{"from": PEERS}, {"from": ["10.0.0.0/8"]}],
        "impair": [None, {}, {"seed": 1, "closeAfterBytes": 5}],
    },
    "both": {
        "service": ["echo", "uppercase", "discard"],
        "queues": [1, 1, 2, 3],
        "allow": [PEERS, ["127.0.0.1/32"], ["0.0.0.0/0", "::/0"]],
        "interface": [None] * 12 + ["lo", "lo", "missing0"],
        "freeBind": [False, False, True],
        "busyPollMicroseconds": [0, 0, 50],
    },
}


def wanted(file):
    admin = [("tcp", file["admin"]["address"], file["admin"]["port"])] if "port" in file["admin"] else []
    return [(each["transport"], each["address"], each["port"]) for each in file["listeners"]] + admin


class Files:
    """A sequence of configurations; the next one is often a small change to the last."""

    def __init__(self, random):
        self.random = random
        self.file = None

    def next(self):
        """The next file. Few want the same socket twice, because such a file is refused before anything is bound."""
        while True:
            file = copy.deepcopy(self.file)
            if file is None or self.random.random() < 0.3:
                file = self.new_file()
            else:
                for _ in range(self.random.randint(1, 3)):
                    self.change(file)
            if len(set(wanted(file))) == len(wanted(file)) or self.random.random() < 0.05:
                self.file = file
                return file

    def new_file(self):
        names = self.random.sample("abcdef", self.random.randint(1, 4))
        return {"admin": self.admin(), "drainSeconds": 0, "listeners": [self.listener(name) for name in names]}

    def admin(self):
        if self.random.random() < 0.4:
            return {"unix": "admin"}
        return {"address": self.random.choice(ADDRESSES), "port": self.random.choice(PORTS[:2])}

    def listener(self, name):
        transport = self.random.choice(["udp", "tcp"])
        listener = {"name": name, "transport": transport}
        self.move(listener)
        for key in self.random.sample(self.keys(transport), 3):
            self.set(listener, key)
        return listener

    def change(self, file):
        listeners = file["listeners"]
        kind = self.random.randrange(9)
        if kind == 0 and len(listeners) > 1:
            listeners.remove(self.random.choice(listeners))
        elif kind == 1 and len(listeners) < 6:
            unused = set("abcdef") - {listener["name"] for listener in listeners}
            listeners.append(self.listener(self.random.choice(sorted(unused))))
        elif kind == 2:
            self.move(self.random.choice(listeners))
        elif kind == 3:
            file["admin"] = self.admin()
        elif kind == 4:
            self.exchange(file)
        elif kind == 5:
            self.random.shuffle(listeners)
        else:
            listener = self.random.choice(listeners)
            self.set(listener, self.random.choice(self.keys(listener["transport"])))

    def exchange(self, file):
        """Exchanges the addresses and ports of two listeners, or of a listener and the admin socket."""
        one = self.random.choice(file["listeners"])
        others = [other for other in file["listeners"] if other is not one]
        if "port" in file["admin"]:
            others.append(file["admin"])
        if others:
            other = self.random.choice(others)
            for key in ("address", "port"):
                one[key], other[key] = other[key], one[key]

    def move(self, listener):
        listener["address"] = MISSING if self.random.random() < 0.02 else self.random.choice(ADDRESSES)
        near = self.random.random() < 0.97
        listener["port"] = self.random.choice(PORTS[:2]) if near else STRANGER_PORT

    def set(self, listener, key):
        values = CHANGES["both"].get(key) or CHANGES[listener["transport"]][key]
        listener[key] = self.random.choice(values)
        if listener[key] is None and key != "rateLimit" and key != "totalRateLimit":
            del listener[key]

    def keys(self, transport):
        return sorted({**CHANGES["both"], **CHANGES[transport]})
