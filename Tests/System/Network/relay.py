"""A wire between two Ethernet interfaces that loses, duplicates, reorders and delays what it carries.

relay.py SEED INTERFACE FAULTS INTERFACE FAULTS

FAULTS are for what comes in by that interface: LOST,DUPLICATED,REORDERED,DELAY. The first three are the chances of a
frame of IPv4, or of UDP over IPv6; other frames (such as ARP) are carried well. The delay is in milliseconds; a frame
that is reordered leaves at once, and so overtakes others. For each line of standard input the relay waits until no frame
is under way, and prints in JSON what it did so far in each direction. It ends with its input.
"""

import errno
import heapq
import json
import random
import select
import socket
import sys
import time

# Of <linux/if_ether.h>, <linux/if_packet.h> and <asm-generic/socket.h>. See packet(7), socket(7).
ETH_P_ALL, ETH_P_IP, ETH_P_IPV6 = 0x0003, 0x0800, 0x86DD
SOL_PACKET, PACKET_IGNORE_OUTGOING = 263, 23
SO_RCVBUFFORCE = 33

# Where the header of IPv6 names the next one, behind that of Ethernet; see RFC 8200, section 3.
NEXT_HEADER = 14 + 6

QUEUE_BYTES = 64 << 20
FRAME_BYTES = 65536


def plug_into(interface):
    """A socket for the frames of an interface."""
    end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    end.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, QUEUE_BYTES)
    end.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    end.bind((interface, ETH_P_ALL))
    return end


class Direction:
    """What comes in by one end and leaves by the other."""

    def __init__(self, entry, exit, faults, seed):
        self.entry, self.exit = entry, exit
        self.lost, self.duplicated, self.reordered, self.milliseconds = map(float, faults.split(","))
        self.chance = random.Random(seed)
        self.under_way = []  # A heap: when a frame leaves, its number, itself.
        self.latest = 0
        self.counts = {"came": 0, "lost": 0, "duplicated": 0, "overtaken": 0}

    def take(self):
        frame, (_, protocol, *_) = self.entry.recvfrom(FRAME_BYTES)
        self.counts["came"] += 1
        harms = protocol == ETH_P_IP or (protocol == ETH_P_IPV6 and frame[NEXT_HEADER] == socket.IPPROTO_UDP)
        if harms and self.chance.random() < self.lost:
            self.counts["lost"] += 1
            return
        self.carry(frame, harms)
        if harms and self.chance.random() < self.duplicated:
            self.counts["duplicated"] += 1
            self.carry(frame, harms)

    def carry(self, frame, harms):
        hurries = harms and self.chance.random() < self.reordered
        leaves = time.monotonic() + (0 if hurries else self.milliseconds / 1000)
        heapq.heappush(self.under_way, (leaves, self.counts["came"], frame))

    def release(self):
        while self.under_way and self.under_way[0][0] <= time.monotonic():
            _, number, frame = heapq.heappop(self.under_way)
            self.counts["overtaken"] += number < self.latest
            self.latest = max(self.latest, number)
            try:
                self.exit.send(frame)
            except OSError as error:
                # The kernel's queue behind the interface is full.
                if error.errno != errno.ENOBUFS:
                    raise
                self.counts["lost"] += 1


def run(seed, left, faults_of_left, right, faults_of_right):
    ends = plug_into(left), plug_into(right)
    directions = (
        Direction(ends[0], ends[1], faults_of_left, f"{seed} {left}"),
        Direction(ends[1], ends[0], faults_of_right, f"{seed} {right}"))
    print("The wire is ready", flush=True)
    is_asked = False
    while True:
        moments = [direction.under_way[0][0] for direction in directions if direction.under_way]
        patience = max(0, min(moments) - time.monotonic()) if moments else 0 if is_asked else None
        readable = select.select([sys.stdin, *ends], [], [], patience)[0]
        if is_asked and not readable and not moments:
            print(json.dumps([direction.counts for direction in directions]), flush=True)
            is_asked = False
        for direction in directions:
            if direction.entry in readable:
                direction.take()
            direction.release()
        if sys.stdin in readable:
            is_asked = True
            if not sys.stdin.readline():
                return


run(*sys.argv[1:])
