"""What is measured: the work of each cell, and how much echod may take for it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    name: str
    transport: str
    # What echoc bench is to do: its arguments.
    load: tuple[str, ...]
    # The most of the floor's processor time, and of the best other peer's, that echod may take for a message.
    of_floor: float
    of_best: float


CELLS = (
    Cell("TCP 64 B, 1 connection", "tcp", ("-c", "1", "-s", "64"), 1.05, 0.95),
    Cell("TCP 64 B, 64 connections", "tcp", ("-c", "64", "-s", "64"), 1.05, 0.90),
    Cell("TCP 64 B, 1000 connections", "tcp", ("-c", "1000", "-s", "64"), 1.05, 0.85),
    Cell("TCP 64 KiB, 4 connections, 16 in flight", "tcp", ("-c", "4", "-s", "65536", "-p", "16"), 1.05, 0.95),
    Cell("TCP connect, one message, close", "tcp", ("-c", "1", "-s", "64", "--churn"), 1.10, 0.85),
    Cell("UDP 64 B, 1 in flight", "udp", ("-c", "1", "-s", "64"), 1.05, 0.90),
    Cell("UDP 64 B, 16 sockets, 8 in flight each", "udp", ("-c", "16", "-s", "64", "-p", "8"), 0.90, 0.85),
)
