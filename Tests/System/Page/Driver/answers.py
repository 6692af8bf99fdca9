"""Answers of /stats that no echod gives."""

import copy

REASONS = ["denied", "loopGuard", "rateLimited", "overLimit", "sendFailed", "receiveBufferFull", "badProxyHeader",
           "malformed", "impaired"]


def listener(name, messages=0, size=1, drops=0, address="127.0.0.1", transport="udp", service="echo"):
    pair = {"received": messages, "sent": messages}
    return {
        "name": name, "transport": transport, "address": address, "port": 7, "service": service,
        "messages": pair, "bytes": {key: count * size for key, count in pair.items()},
        "clients": {"current": messages, "total": messages},
        "dropped": {"total": drops, **dict.fromkeys(REASONS, 0), "overLimit": drops},
    }


def stats(uptime, listeners, started="2026-11-22T19:17:10Z"):
    def total(group):
        names = ("current", "total") if group == "clients" else ("received", "sent")
        return {name: sum(each[group][name] for each in listeners) for name in names}
    return copy.deepcopy({
        "version": "0.1.0", "state": "running", "startedAt": started, "uptimeSeconds": uptime,
        "totals": {**{group: total(group) for group in ("messages", "bytes", "clients")},
                   "dropped": sum(each["dropped"]["total"] for each in listeners)},
        "restored": {"connections": 0, "sockets": 0, "lost": 0},
        "listeners": listeners,
    })


def clients(name, rows):
    """An answer of /clients from pairs of an endpoint and a number of messages."""
    return {"listener": name, "clients": [
        {"client": client, "messages": messages, "bytes": messages, "lastSeenSeconds": 0.5}
        for client, messages in rows]}
