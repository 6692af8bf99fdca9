"""Sends one UDP datagram whose source is whatever the caller says: forge.py SOURCE PORT DESTINATION PORT TEXT."""

import socket
import struct
import sys

source, source_port, destination, destination_port, text = sys.argv[1:]
payload = text.encode()
# RFC 768, without a checksum; the kernel fills in that of IP and the total length. See raw(7).
udp = struct.pack("!HHHH", int(source_port), int(destination_port), 8 + len(payload), 0) + payload
ip = struct.pack(
    "!BBHHHBBH4s4s", 0x45, 0, 0, 0, 0, 64, socket.IPPROTO_UDP, 0, socket.inet_aton(source), socket.inet_aton(destination))
with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
    raw.sendto(ip + udp, (destination, 0))
