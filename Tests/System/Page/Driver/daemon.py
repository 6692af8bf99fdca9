"""An echod with a configuration of its own."""

import http.client, json, os, re, signal, socket, subprocess

from browser import WITH_PARENT
from checks import PATIENCE, wait_for


class Daemon:
    """It keeps the endpoint of its admin socket across restarts. With port 0, the kernel chooses a listener's port."""

    def __init__(self, echod, folder, listeners, network=(), drain_seconds=0):
        """Starts it; with a command that makes a network and then runs another, it runs there."""
        self.command = [*network, echod, "--config"]
        self.path = os.path.join(folder, "echod.json")
        self.log = os.path.join(folder, "echod.log")
        # Only a Unix socket can be reached from outside its network.
        self.admin = {"unix": os.path.join(folder, "admin")} if network else {"address": "127.0.0.1", "port": 0}
        self.listeners, self.drain_seconds = listeners, drain_seconds
        self.start()

    def write(self, listeners):
        with open(self.path + ".new", "w") as new:
            json.dump({"admin": self.admin, "drainSeconds": self.drain_seconds, "listeners": listeners}, new)
        os.rename(self.path + ".new", self.path)
        self.listeners = listeners

    def start(self):
        self.write(self.listeners)
        with open(self.log, "w") as log:
            self.process = subprocess.Popen([*WITH_PARENT, *self.command, self.path], stderr=log)
        wait_for("the start of echod", lambda: " is ready" in self.news() or self.process.poll() is not None)
        if self.process.poll() is not None:
            raise RuntimeError("echod ended: " + self.news())
        if "port" in self.admin:
            self.admin["port"] = int(re.search(r"figures are served on tcp \S+:(\d+)", self.news()).group(1))

    def news(self):
        with open(self.log) as log:
            return log.read()

    def endpoint(self, name):
        """Where a listener answers."""
        found = re.findall(rf" {re.escape(name)}: \S+ on \w+ (\S+):(\d+) is served", self.news())
        address = found[-1][0].strip("[]")
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address), int(found[-1][1])

    def reload(self, listeners):
        before = self.news().count("was read again")
        self.write(listeners)
        self.process.send_signal(signal.SIGHUP)
        wait_for("the reload", lambda: self.news().count("was read again") > before)

    def connection(self, seconds):
        """A connection to the admin socket that waits so long for anything."""
        if "unix" in self.admin:
            return UnixConnection(self.admin["unix"], seconds)
        return http.client.HTTPConnection("127.0.0.1", self.admin["port"], timeout=seconds)

    def stats(self):
        connection = self.connection(PATIENCE)
        try:
            connection.request("GET", "/stats")
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.admin['port']}"

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
        self.process.wait(PATIENCE)


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, seconds):
        super().__init__("localhost", timeout=seconds)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)
