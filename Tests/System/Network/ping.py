"""Pings a UDP echo: ping.py SOURCE HOST PORT COUNT PER_SECOND

Prints in JSON which pings were answered, as "!" and ".", and the round trips of these in microseconds, in order of
length.
"""

import json
import select
import socket
import sys
import time

# How long the last ones are waited for.
PATIENCE = 2


def run(source, host, port, count, per_second):
    sent, trips = [], {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.bind((source, 0))
        client.connect((host, port))

        def listen(until):
            while len(trips) < count and select.select([client], [], [], max(0, until - time.monotonic()))[0]:
                number = int.from_bytes(client.recv(65536), "big")
                trips.setdefault(number, time.monotonic() - sent[number])

        begin = time.monotonic()
        for number in range(count):
            sent.append(time.monotonic())
            client.send(number.to_bytes(4, "big"))
            listen(until=begin + (number + 1) / per_second)
        listen(until=time.monotonic() + PATIENCE)
    print(json.dumps({
        "answers": "".join("!" if number in trips else "." for number in range(count)),
        "microseconds": sorted(round(trip * 1e6) for trip in trips.values())}))


run(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
