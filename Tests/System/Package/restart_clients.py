#!/usr/bin/env python3
"""restart_clients.py PORT QUIET BUSY FLOWS PACE: clients of an echo service on 127.0.0.1 that outlive its restarts.

QUIET connections send nothing but what a command makes them send. BUSY connections each send a line, wait for all of
it, and at once send the next. FLOWS UDP sockets each send a datagram every PACE milliseconds, without waiting.

Reads commands, one a line, as NUMBER COMMAND, and answers each with a line: NUMBER and the figures as JSON.

  check      every quiet connection exchanges a line
  open N     N more quiet connections, each of which exchanges a line
  rest       sends nothing more, and waits for what is owed, at most GRACE; what has not come then is lost
  resume     goes on
  report     rest and resume
  end        rest, and then a polite end of all connections

The pauses are the longest times without a reply since the figures were last read by rest or report.
"""

import json, os, resource, selectors, signal, socket, sys, time

port, quiet, busy, flows = map(int, sys.argv[1:5])
pace = float(sys.argv[5]) / 1000
# Seconds: what is owed is lost after GRACE; a line of a command may take PATIENCE. The whole program has LIFE.
GRACE, PATIENCE, LIFE = 1, 10, 110
# How many connections are opened, or exchange a line, at once: so few that the busy ones and the flows go on.
BATCH = 500
# How many troubles of each kind are told in full.
EXAMPLES = 2

selector = selectors.DefaultSelector()
troubles = dict.fromkeys(["refused", "ended", "torn", "reset", "silent", "wrong"], 0)
examples = []
pauses = {"tcp": 0.0, "udp": 0.0}
is_resting = True
# The connections that have not got back all of their line.
waiting = set()


def trouble(kind, who, detail=""):
    troubles[kind] += 1
    if troubles[kind] <= EXAMPLES:
        examples.append(f"{who}: {kind} {detail}".strip())


def content(name, number, longest):
    """What is sent as the number-th message: its length and its bytes differ from one to the next."""
    begin = f"{name} {number} "
    return (begin + "#" * (number * 131 % (longest - len(begin)))).encode() + b"\n"


class Connection:
    """A TCP connection, which waits for one line at most. Its source address is one of several."""

    lines = sent_bytes = 0

    def __init__(self, name, serial):
        self.name, self.number, self.line, self.got, self.is_busy = name, 0, b"", b"", False
        self.socket = socket.socket()
        self.socket.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT
        self.socket.bind((f"127.0.1.{serial % 16 + 1}", 0))
        self.socket.settimeout(PATIENCE)
        try:
            self.socket.connect(("127.0.0.1", port))
        except OSError as error:
            self.close("refused", str(error))
            return
        self.socket.setblocking(False)
        selector.register(self.socket, selectors.EVENT_READ, self.receive)

    @property
    def is_open(self):
        return self.socket is not None

    def send(self):
        if not self.is_open:
            return
        self.number += 1
        self.line, self.got, self.since = content(self.name, self.number, 2000), b"", time.monotonic()
        waiting.add(self)
        try:
            # It fits: nothing else is under way.
            self.socket.sendall(self.line)
            Connection.sent_bytes += len(self.line)
        except OSError as error:
            self.close("reset", f"as it sent: {error}")

    def receive(self):
        try:
            data = self.socket.recv(65536)
        except OSError as error:
            return self.close("reset", str(error))
        if not data:
            return self.close("torn" if self.got else "ended", f"after {self.number} lines")
        self.got += data
        if self.got == self.line:
            self.line = self.got = b""
            waiting.discard(self)
            Connection.lines += 1
            if self.is_busy:
                pauses["tcp"] = max(pauses["tcp"], time.monotonic() - self.since)
                if not is_resting:
                    self.send()
        elif not self.line or not self.line.startswith(self.got):
            trouble("wrong", self.name, f"got {self.got[:60]!r} instead of {self.line[:60]!r}")
            self.got = b""

    def close(self, kind=None, detail=""):
        waiting.discard(self)
        if kind:
            trouble(kind, self.name, detail)
        if kind != "refused":
            selector.unregister(self.socket)
        self.socket.close()
        self.socket = None


class Flow:
    """A UDP socket that sends on whether or not it is answered."""

    sent = answered = lost = sent_bytes = 0

    def __init__(self, serial):
        self.name, self.number, self.owed = f"flow {serial}", 0, set()
        self.socket = socket.socket(type=socket.SOCK_DGRAM)
        self.socket.bind((f"127.0.1.{serial % 16 + 1}", 0))
        self.socket.connect(("127.0.0.1", port))
        self.socket.setblocking(False)
        self.replied_at = self.due = time.monotonic() + serial * pace / 5
        selector.register(self.socket, selectors.EVENT_READ, self.receive)

    def send(self):
        self.number += 1
        datagram = content(self.name, self.number, 200)
        self.owed.add(datagram)
        Flow.sent += 1
        try:
            self.socket.send(datagram)
            Flow.sent_bytes += len(datagram)
        except OSError as error:
            # A port that is closed says so by ICMP. The datagram has not left and will be counted as lost.
            trouble("refused", self.name, f"datagram {self.number}: {error}")

    def receive(self):
        for _ in range(64):
            try:
                data = self.socket.recv(65536)
            except BlockingIOError:
                return
            except OSError as error:
                return trouble("refused", self.name, f"near datagram {self.number}: {error}")
            self.note_pause()
            if data in self.owed:
                self.owed.discard(data)
                Flow.answered += 1
            else:
                trouble("wrong", self.name, f"got {data[:60]!r}, which is not owed")

    def note_pause(self):
        now = time.monotonic()
        pauses["udp"] = max(pauses["udp"], now - self.replied_at)
        self.replied_at = now


quiet_connections, busy_connections, udp_flows, commands = [], [], [], []


def step(seconds):
    """Does what there is to do now, and waits for it so long at most."""
    if not is_resting and udp_flows:
        seconds = min(seconds, min(flow.due for flow in udp_flows) - time.monotonic())
    for key, _ in selector.select(max(seconds, 0)):
        # An event of this batch may have closed it.
        if key.fileobj.fileno() >= 0:
            key.data()
    now = time.monotonic()
    for flow in udp_flows:
        if not is_resting and flow.due <= now:
            flow.send()
            # What was missed is not caught up: a burst would not fit the receive buffer.
            flow.due = max(flow.due + pace, now)


def wait(is_met, seconds):
    end = time.monotonic() + seconds
    while not is_met() and (left := end - time.monotonic()) > 0:
        step(left)


def exchange(connections):
    """Each sends a line and gets it back."""
    for begin in range(0, len(connections), BATCH):
        for connection in connections[begin : begin + BATCH]:
            connection.send()
        wait(lambda: all(each.is_busy for each in waiting), PATIENCE)
        for connection in [each for each in waiting if not each.is_busy]:
            connection.close("silent", f"line {connection.number}")


def open_quiet(count, name="quiet"):
    for begin in range(0, count, BATCH):
        serials = [len(quiet_connections) + serial for serial in range(min(BATCH, count - begin))]
        opened = [Connection(f"{name} {serial}", serial) for serial in serials]
        exchange(opened)
        quiet_connections.extend(opened)


def resume():
    global is_resting
    is_resting = False
    for connection in busy_connections:
        if connection not in waiting:
            connection.send()
    for flow in udp_flows:
        flow.due = max(flow.due, time.monotonic())
        flow.replied_at = flow.due


def rest():
    global is_resting
    is_resting = True
    wait(lambda: not waiting and not any(flow.owed for flow in udp_flows), GRACE)
    for connection in waiting:
        pauses["tcp"] = max(pauses["tcp"], time.monotonic() - connection.since)
    for flow in udp_flows:
        Flow.lost += len(flow.owed)
        if flow.owed:
            flow.note_pause()
        flow.owed.clear()


def end():
    rest()
    connections = quiet_connections + busy_connections
    for connection in connections:
        if connection.is_open:
            connection.socket.shutdown(socket.SHUT_WR)
            connection.receive = lambda connection=connection: connection.socket.recv(65536) or connection.close()
            selector.modify(connection.socket, selectors.EVENT_READ, connection.receive)
    wait(lambda: not any(each.is_open for each in connections), PATIENCE)
    for connection in connections:
        if connection.is_open:
            connection.close("silent", "no FIN after ours")


def answer(command):
    name, *arguments = command.split()
    {
        "check": lambda: exchange([each for each in quiet_connections if each.is_open]),
        "open": lambda: open_quiet(int(arguments[0]), "new"),
        "rest": rest,
        "resume": resume,
        "report": rest,
        "end": end,
    }[name]()
    figures = troubles | {
        "examples": examples,
        "quiet": sum(each.is_open for each in quiet_connections),
        "busy": sum(each.is_open for each in busy_connections),
        "lines": Connection.lines,
        "lineBytes": Connection.sent_bytes,
        "datagrams": {"sent": Flow.sent, "answered": Flow.answered, "lost": Flow.lost, "bytes": Flow.sent_bytes},
        "pauseMilliseconds": {transport: round(pause * 1000, 1) for transport, pause in pauses.items()},
    }
    if name in ["rest", "report", "end"]:
        pauses.update(tcp=0.0, udp=0.0)
    if name == "report":
        resume()
    return figures


def take_commands():
    commands.extend(os.read(0, 4096).decode().splitlines() or [None])


signal.alarm(LIFE)
descriptors = quiet + busy + flows + 1000
hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, max(descriptors, hard_limit)))
open_quiet(quiet)
busy_connections = [Connection(f"busy {serial}", serial) for serial in range(busy)]
for connection in busy_connections:
    connection.is_busy = True
udp_flows = [Flow(serial) for serial in range(flows)]
resume()
selector.register(sys.stdin, selectors.EVENT_READ, take_commands)
is_over = False
while not is_over:
    wait(lambda: commands, LIFE)
    command = commands.pop(0)
    if command is None:
        break
    number, command = command.split(" ", 1)
    print(number, json.dumps(answer(command)), flush=True)
    is_over = command == "end"
