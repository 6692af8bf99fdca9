# A server behind a proxy: each connection, or each datagram, has to begin with exactly the PROXY header that a client
# with these endpoints sends. What follows is answered; after any other header, nothing is.
# header_server.py HOST TRANSPORT VERSION FROM TO REPLIES
#
# FROM and TO are ADDRESS:PORT, or "own" for the endpoints of the socket. REPLIES is how many replies a connection gets
# before it is closed, 0 for any number, or "identify" for any number of replies that are objects. With VERSION 0
# there is no header.
import ipaddress
import socket
import struct
import sys
import threading

host, transport, version, source, destination, replies = sys.argv[1:]
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def endpoint(text, own):
    if text == "own":
        return ipaddress.ip_address(own[0]), own[1]
    address, _, port = text.rpartition(":")
    return ipaddress.ip_address(address.strip("[]")), int(port)


def header(peer, local):
    if version == "0":
        return b""
    (client, client_port), (server, server_port) = endpoint(source, peer), endpoint(destination, local)
    if version == "1":
        return f"PROXY TCP{client.version} {client} {server} {client_port} {server_port}\r\n".encode()
    family = (0x10 if client.version == 4 else 0x20) + (1 if transport == "tcp" else 2)
    addresses = client.packed + server.packed + struct.pack("!HH", client_port, server_port)
    return SIGNATURE + struct.pack("!BBH", 0x21, family, len(addresses)) + addresses


def reply(message):
    return b'{"bytes":%d}\n' % len(message) if replies == "identify" else message


def complain(begin, expected):
    print("got", begin.hex(), "instead of", expected.hex(), file=sys.stderr, flush=True)


def serve_datagrams(server):
    while True:
        datagram, peer = server.recvfrom(65535)
        expected = header(peer, server.getsockname())
        if datagram.startswith(expected):
            server.sendto(reply(datagram[len(expected) :]), peer)
        else:
            complain(datagram[: len(expected)], expected)


def serve_connection(connection, peer):
    expected = header(peer, connection.getsockname())
    begin = connection.recv(len(expected), socket.MSG_WAITALL) if expected else b""
    if begin == expected:
        count = 0
        while message := connection.recv(65536):
            connection.sendall(reply(message))
            count += 1
            if str(count) == replies:
                break
    elif begin:
        complain(begin, expected)
    connection.close()


kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
server = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind)
server.bind((host, 0))
if transport == "tcp":
    server.listen(64)
print("The server is ready to receive on port", server.getsockname()[1], flush=True)
if transport == "udp":
    serve_datagrams(server)
# A client may reset a connection: that ends its thread and nothing else.
threading.excepthook = lambda arguments: None
while True:
    threading.Thread(target=serve_connection, args=server.accept()).start()
