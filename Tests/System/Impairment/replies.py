# Sends numbered datagrams, and prints the number of each reply and how many milliseconds it took:
# replies.py ADDRESS PORT COUNT BYTES INTERVAL_MS PATIENCE_MS
# It ends when all have a reply, or when the patience is over after the last one was sent.
import select
import socket
import sys
import time

address = (sys.argv[1], int(sys.argv[2]))
count, size = map(int, sys.argv[3:5])
interval, patience = (float(argument) / 1000 for argument in sys.argv[5:])

client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client.connect(address)
sent, replies = [], []
start = time.monotonic()
while len(replies) < count:
    now = time.monotonic()
    all_sent = len(sent) == count
    due = sent[-1] + patience if all_sent else start + len(sent) * interval
    if now < due:
        if select.select([client], [], [], due - now)[0]:
            number = int.from_bytes(client.recv(65536)[:4], "big")
            replies.append((number, (time.monotonic() - sent[number]) * 1000))
    elif all_sent:
        break
    else:
        client.send(len(sent).to_bytes(4, "big").ljust(size, b"."))
        sent.append(now)
for number, milliseconds in replies:
    print(number, f"{milliseconds:.3f}")
