# Servers that are no plain echo, one behaviour each. odd_server.py BEHAVIOUR
import socket
import struct
import sys
import threading
import time


def udp_holding_back(server):
    """The first datagram is answered only after the second one came, both then in order; all others at once."""
    first, client = server.recvfrom(65535)
    second, client = server.recvfrom(65535)
    server.sendto(first, client)
    server.sendto(second, client)
    while True:
        server.sendto(*server.recvfrom(65535))


def udp_welcoming(server):
    """Every datagram has the same answer."""
    while True:
        server.sendto(b"welcome", server.recvfrom(65535)[1])


# Terminal commands, as long as the line that the test sends.
COMMANDS = "\x1b]0;x\x07\x9b2J\r\té漢".encode() + b"\x9b"


def udp_commanding(server):
    """Every datagram has the same answer, which contains terminal commands."""
    while True:
        server.sendto(COMMANDS, server.recvfrom(65535)[1])


def tcp_commanding(server):
    """The same answer over TCP, with a newline after it."""
    while True:
        connection = server.accept()[0]
        while connection.recv(1024):
            connection.sendall(COMMANDS + b"\n")


def udp_spoiling(server):
    """The last byte of each datagram comes back changed."""
    while True:
        datagram, client = server.recvfrom(65535)
        server.sendto(datagram[:-1] + b"?", client)


def udp_shortening(server):
    """The last byte of each datagram does not come back."""
    while True:
        datagram, client = server.recvfrom(65535)
        server.sendto(datagram[:-1], client)


def udp_cutting(server):
    """At most 2048 bytes of each datagram come back."""
    while True:
        datagram, client = server.recvfrom(65535)
        server.sendto(datagram[:2048], client)


def udp_ending(server):
    """Datagrams that fit into an MTU of 1454 bytes come back, until a second one comes that does not."""
    longer = 0
    while longer < 2:
        datagram, client = server.recvfrom(65535)
        if len(datagram) <= 1454 - 28:
            server.sendto(datagram, client)
        else:
            longer += 1
    while True:
        server.recvfrom(65535)


def udp_doubling(server):
    """Each datagram is answered twice."""
    while True:
        datagram, client = server.recvfrom(65535)
        server.sendto(datagram, client)
        server.sendto(datagram, client)


def udp_losing(server):
    """Each client's first datagram is not answered, and all the others are."""
    clients = set()
    while True:
        datagram, client = server.recvfrom(65535)
        if client in clients:
            server.sendto(datagram, client)
        clients.add(client)


def udp_pausing(server):
    """An echo that does nothing for half a second after its 100th datagram."""
    count = 0
    while True:
        server.sendto(*server.recvfrom(65535))
        count += 1
        if count == 100:
            time.sleep(0.5)


def tcp_pausing(server):
    """An echo for one connection that does nothing for half a second after its first 1000 bytes."""
    connection = server.accept()[0]
    rest = 1000
    while data := connection.recv(65536):
        connection.sendall(data)
        if rest > 0 >= rest - len(data):
            time.sleep(0.5)
        rest -= len(data)


def tcp_spoiling(server):
    """On each connection the 100th byte comes back changed, and all others as they are."""
    while True:
        connection = server.accept()[0]
        place = 99
        while data := connection.recv(65536):
            if 0 <= place < len(data):
                data = data[:place] + b"?" + data[place + 1 :]
            connection.sendall(data)
            place -= len(data)


def tcp_blocking(server):
    """A line of 1 MiB of one letter is answered when its beginning came, and read when the answer was taken."""
    connection = server.accept()[0]
    line = connection.recv(1)
    connection.sendall(line * 2**20)
    while not line.endswith(b"\n"):
        line = connection.recv(65536)
    connection.sendall(b"\n")
    connection.recv(1)


def tcp_echo(server):
    """A plain echo for one connection."""
    connection = server.accept()[0]
    while data := connection.recv(65536):
        connection.sendall(data)


def tcp_closing_unread(server):
    """Each connection is closed when a message came, without a word."""
    while True:
        connection = server.accept()[0]
        connection.recv(1024)
        connection.close()


def tcp_mute(server):
    """Each connection is kept and never answered."""
    connections = []
    while True:
        connections.append(server.accept()[0])


def tcp_halves(server):
    """Half of each message is sent back, and the connection is closed."""
    while True:
        connection = server.accept()[0]
        message = connection.recv(1024)
        connection.send(message[: len(message) // 2])
        connection.close()


def tcp_stalling(server):
    """Half of a message is sent back, and then nothing more."""
    connection = server.accept()[0]
    message = connection.recv(1024)
    connection.send(message[: len(message) // 2])
    connection.recv(1024)


def tcp_dying(server):
    """One message is answered. Before the next one everything is closed, the connection with a reset."""
    connection = server.accept()[0]
    connection.send(connection.recv(1024))
    connection.recv(1024)
    server.close()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def tcp_resetting(server):
    """Each connection is reset after its reply was taken."""
    while True:
        connection = server.accept()[0]
        connection.send(connection.recv(1024))
        connection.recv(1024)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()


def tcp_closing_late(server):
    """The first connection, by which a load finds out which end closes, is closed at once after its reply. The others are
    closed a tenth of a second after theirs."""
    connection = server.accept()[0]
    connection.sendall(connection.recv(1024))
    connection.close()
    while True:
        connection = server.accept()[0]
        connection.sendall(connection.recv(1024))
        threading.Timer(0.1, connection.close).start()


def tcp_talkative(server):
    """What is sent back is followed by more than was asked for."""
    connection = server.accept()[0]
    while data := connection.recv(1024):
        connection.send(data + b"and more")


def tcp_endless(server):
    """Each connection is sent to without end, whatever it sends."""
    while True:
        connection = server.accept()[0]
        try:
            while True:
                connection.sendall(bytes(65536))
        except OSError:
            connection.close()


behaviour = sys.argv[1]
kind = socket.SOCK_DGRAM if behaviour.startswith("udp") else socket.SOCK_STREAM
server = socket.socket(socket.AF_INET, kind)
server.bind(("127.0.0.1", 0))
if behaviour == "tcp_blocking":
    # Small buffers here, and small segments, by which the client's kernel sizes its own: far less than a line.
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    server.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
if kind == socket.SOCK_STREAM:
    server.listen(8)
print("The server is ready to receive on port", server.getsockname()[1], flush=True)
globals()[behaviour](server)
