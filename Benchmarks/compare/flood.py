"""Sends datagrams to a port of loopback for a time, as cheaply as the kernel lets it, and takes no reply: see udp(7),
UDP_SEGMENT. python3 -m compare.flood PORT SECONDS"""

import socket
import struct
import sys
import time

SOCKETS, BYTES, TRAIN = 16, 64, 64
UDP_SEGMENT = 103


def main(port, seconds):
    senders = []
    for _ in range(SOCKETS):
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sender.connect(("127.0.0.1", port))
        senders.append(sender)
    train = b"!" * BYTES * TRAIN
    control = [(socket.IPPROTO_UDP, UDP_SEGMENT, struct.pack("H", BYTES))]
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for sender in senders:
            sender.sendmsg([train], control)


main(int(sys.argv[1]), float(sys.argv[2]))
