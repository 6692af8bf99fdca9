"""Who is measured: how each peer is built, and how it is started."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
ROOT = HERE.parent
BUILD = HERE / ".build-peers"

FLOOR = "C epoll (the floor)"
ECHOD = "echod"
# Those that echod's promise is about; socat forks for each client, and is there because people use it.
RIVALS = ("SwiftNIO", "Go", "libuv", "uvloop")


@dataclass(frozen=True, eq=False)
class Peer:
    name: str
    version: str
    # Its TCP port; UDP has the next one.
    port: int
    # The command that serves a transport on a port of loopback.
    command: dict[str, tuple[str, ...]]
    # A process for each client is no work for thousands of them.
    most_clients: int = 1_000_000

    def serves(self, cell):
        clients = int(cell.load[cell.load.index("-c") + 1])
        return cell.transport in self.command and clients <= self.most_clients


class Unavailable(Exception):
    """Why a peer cannot be had on this machine."""


def output(*command, cwd=None):
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True)
    except FileNotFoundError as missing:
        raise Unavailable(f"{missing.filename} is not installed") from missing
    except subprocess.CalledProcessError as failed:
        last = (failed.stderr or failed.stdout).strip().splitlines()[-1:]
        raise Unavailable(f"{Path(command[0]).name} failed: {' '.join(last)}") from failed
    return done.stdout


def both(program, port, *before):
    return {
        transport: (*before, str(program), transport, str(port + offset))
        for offset, transport in enumerate(("tcp", "udp"))
    }


def compiled(name, source, *arguments):
    program = BUILD / name
    output("cc", "-O2", "-o", str(program), str(HERE / source), *arguments)
    return program


def floor(port):
    version = output("cc", "-dumpfullversion").strip()
    return Peer(FLOOR, f"gcc {version} -O2", port, both(compiled("floor", "Peers/floor/floor.c"), port))


def echod(port):
    output("swift", "build", "-c", "release", "--static-swift-stdlib", cwd=ROOT)
    program = ROOT / ".build/release/echod"
    return Peer(ECHOD, output(program, "--version").strip(), port, configured(program, port, "echod"))


def configured(program, port, name, **keys):
    """The commands of an echod with additional keys in its listeners; its files have the name."""
    # Everything is on that a user can switch on, and nothing is refused.
    limit = {"perSecond": 1_000_000_000, "burst": 1_000_000_000}
    limits = {
        "tcp": {"maxConnections": 4096, "maxConnectionsPerClient": 4096, "idleTimeoutSeconds": 60},
        "udp": {"rateLimit": limit, "totalRateLimit": limit},
    }
    command = {}
    for offset, transport in enumerate(("tcp", "udp")):
        listener = {"name": transport, "transport": transport, "port": port + offset, **limits[transport], **keys}
        file = BUILD / f"{name}-{transport}.json"
        file.write_text(json.dumps({"admin": {"port": 0}, "listeners": [listener]}))
        command[transport] = (str(program), "run", "--config", str(file))
    return command


def swift_nio(port):
    output("swift", "build", "-c", "release", "--product", "nio-echo", cwd=HERE)
    pins = json.loads((HERE / "Package.resolved").read_text())["pins"]
    version = next(pin["state"]["version"] for pin in pins if pin["identity"] == "swift-nio")
    return Peer("SwiftNIO", version, port, both(HERE / ".build/release/nio-echo", port))


def go(port):
    program = BUILD / "go-echo"
    version = output("go", "version").split()[2].removeprefix("go")
    output("go", "build", "-o", str(program), str(HERE / "Peers/go/echo.go"))
    return Peer("Go", version, port, both(program, port))


def libuv(port):
    flags = output("pkg-config", "--cflags", "--libs", "libuv").split()
    version = output("pkg-config", "--modversion", "libuv").strip()
    return Peer("libuv", version, port, both(compiled("libuv-echo", "Peers/libuv/echo.c", *flags), port))


def uvloop(port):
    python = BUILD / "venv/bin/python3"
    if not python.exists():
        output(sys.executable, "-m", "venv", str(BUILD / "venv"))
        output(str(python), "-m", "pip", "install", "--quiet", "uvloop")
    version = output(str(python), "-c", "import uvloop; print(uvloop.__version__)").strip()
    return Peer("uvloop", version, port, both(HERE / "Peers/uvloop/echo.py", port, str(python)))


def socat(port):
    program = shutil.which("socat")
    if program is None:
        raise Unavailable("socat is not installed")
    version = output(program, "-V").split("socat version ")[1].split()[0]
    listen = f"TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,nodelay,fork,backlog=4096"
    return Peer("socat", version, port, {"tcp": (program, listen, "PIPE")}, most_clients=64)


EVERYONE = (
    (FLOOR, floor), (ECHOD, echod), ("SwiftNIO", swift_nio), ("Go", go), ("libuv", libuv), ("uvloop", uvloop),
    ("socat", socat),
)


def available(wanted, first_port):
    """Builds peers. Returns those that can be had, and why the others cannot."""
    BUILD.mkdir(exist_ok=True)
    found, missing = [], {}
    for number, (name, make) in enumerate(wanted):
        print(f"building {name}", file=sys.stderr)
        try:
            found.append(make(first_port + 10 * number))
        except Unavailable as why:
            missing[name] = str(why)
            print(f"  skipped: {why}", file=sys.stderr)
    return found, missing
