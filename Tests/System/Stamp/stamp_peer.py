"""A STAMP Session-Sender or Session-Reflector (RFC 8762, RFC 8972) whose messages Scapy writes and reads.

stamp_peer.py send ADDRESS PORT
    For each line of standard input, an object, sends a message and prints an object. All members are optional:
      session   a name; each name has a socket of its own
      seq, ts, errorEstimate, ssid   fields of the message as integers; ts is T1 as 64 bits, now by default
      tlvs      a list of {"type", "value" (hex), "flags" (128 by default), "length" (true by default)}
      tail      hex, after the TLVs
      bytes     hex, instead of all of these
      ttl, tos  of the IP header
      wait      seconds to wait for the reply, 5 by default
    What is printed: request (hex), reply (hex or null), hops (TTL of the reply), tos (of the reply), before and after
    (the clock in nanoseconds since 1970), and message, the reply as Scapy reads it.

stamp_peer.py read
    For each line of standard input, hex, prints the reflector's message as Scapy reads it.

stamp_peer.py reflect ADDRESS [OPTION...]
    Prints "port PORT" and answers. Options: stateless; ptp; synchronized (S = 1); offset=SECONDS of its clock; faults:
      sequence      its sequence number is one too high from its third reply on
      senderSequence  the sender's sequence number comes back changed
      senderTime    the sender's timestamp comes back changed
      t3BeforeT2    it sends before it receives
      unrequestedTLV  a TLV follows that was not requested
      ssid          another session's identifier
      short         40 bytes
      long          4 bytes more than were sent
      truncatedTLV  a TLV at the end that is longer than the message
      echo          the request comes back
      duplicate     each reply comes twice
      zeroTimes     T2 and T3 are 0
"""

import json
import socket
import sys
import time

from scapy.contrib.stamp import (
    ErrorEstimate,
    STAMPSessionReflectorTestUnauthenticated as Reflection,
    STAMPSessionSenderTestUnauthenticated as Request,
    STAMPTestTLV as TLV,
)

# Of <linux/in.h> and <linux/in6.h>.
IP_RECVTTL, IP_RECVTOS = 12, 13
IPV6_RECVHOPLIMIT, IPV6_HOPLIMIT, IPV6_RECVTCLASS, IPV6_TCLASS = 51, 52, 66, 67

SECONDS_FROM_1900_TO_1970 = 2_208_988_800
LARGEST = 65_535


def timestamp(nanoseconds, is_ptp=False):
    """A time as the 64 bits of a message: NTP's, or PTPv2's truncated format."""
    seconds, rest = divmod(nanoseconds, 10**9)
    if is_ptp:
        return (seconds & 0xFFFFFFFF) << 32 | rest
    return (seconds + SECONDS_FROM_1900_TO_1970 & 0xFFFFFFFF) << 32 | (rest << 32) // 10**9


def estimate(bits):
    return ErrorEstimate(S=bits >> 15, Z=bits >> 14 & 1, scale=bits >> 8 & 0x3F, multiplier=bits & 0xFF)


def bits(estimate):
    return estimate.S << 15 | estimate.Z << 14 | estimate.scale << 8 | estimate.multiplier


def tlv(description):
    value = bytes.fromhex(description.get("value", ""))
    length = description.get("length", len(value))
    return TLV(flags=description.get("flags", 0x80), type=description["type"], len=length, value=value)


def with_raw_times(message, **times):
    """Sets timestamps as 64 bits, whichever format they have."""
    for name, value in times.items():
        message.fields[name] = value
    return message


def request(description):
    if "bytes" in description:
        return bytes.fromhex(description["bytes"])
    error = description.get("errorEstimate", 1)
    now = timestamp(time.time_ns(), is_ptp=error >> 14 & 1)
    message = Request(
        seq=description.get("seq", 0), err_estimate=estimate(error), ssid=description.get("ssid", 0),
        tlv_objects=[tlv(each) for each in description.get("tlvs", [])])
    return bytes(with_raw_times(message, ts=description.get("ts", now))) + bytes.fromhex(description.get("tail", ""))


def tlvs(message):
    """The TLVs that Scapy finds; fewer bytes than a TLV are none."""
    return [each for each in message.tlv_objects if isinstance(each, TLV)]


def reading(reply):
    """The reflector's message as Scapy reads it. Timestamps are the 64 bits of the message."""
    if len(reply) < 44:
        return None
    message = Reflection(reply)
    return {
        "seq": message.seq, "t3": message.fields["ts"], "errorEstimate": bits(message.err_estimate),
        "ssid": message.ssid, "t2": message.fields["ts_rx"], "senderSeq": message.seq_sender,
        "t1": message.fields["ts_sender"], "senderErrorEstimate": bits(message.err_estimate_sender),
        "zeros": [message.mbz1, message.mbz2], "senderTTL": message.ttl_sender,
        "tlvs": [
            {"flags": int(each.flags), "type": each.type, "length": each.len, "value": bytes(each.value).hex()}
            for each in tlvs(message)
        ],
    }


def open_socket(address, port=0):
    is_ipv6 = ":" in address
    result = socket.socket(socket.AF_INET6 if is_ipv6 else socket.AF_INET, socket.SOCK_DGRAM)
    for option in (IPV6_RECVHOPLIMIT, IPV6_RECVTCLASS) if is_ipv6 else (IP_RECVTTL, IP_RECVTOS):
        result.setsockopt(socket.IPPROTO_IPV6 if is_ipv6 else socket.IPPROTO_IP, option, 1)
    return result


def set_header(sender, description):
    is_ipv6 = sender.family == socket.AF_INET6
    for name, ipv4, ipv6 in (("ttl", socket.IP_TTL, socket.IPV6_UNICAST_HOPS), ("tos", socket.IP_TOS, IPV6_TCLASS)):
        if name in description:
            level = socket.IPPROTO_IPV6 if is_ipv6 else socket.IPPROTO_IP
            sender.setsockopt(level, ipv6 if is_ipv6 else ipv4, description[name])


def receive(receiver):
    """A datagram, its TTL, its traffic class, and who sent it."""
    datagram, control, _, peer = receiver.recvmsg(LARGEST, 1024)
    fields = {kind: int.from_bytes(data, sys.byteorder) for _, kind, data in control}
    return datagram, fields.get(IPV6_HOPLIMIT, fields.get(socket.IP_TTL)), fields.get(
        IPV6_TCLASS, fields.get(socket.IP_TOS)), peer


def send(address, port):
    sockets = {}
    for line in sys.stdin:
        description = json.loads(line)
        name = description.get("session", "")
        if name not in sockets:
            sockets[name] = open_socket(address)
            sockets[name].connect((address, int(port)))
        sender = sockets[name]
        set_header(sender, description)
        message = request(description)
        sender.settimeout(description.get("wait", 5))
        before = time.time_ns()
        sender.send(message)
        try:
            reply, hops, tos, _ = receive(sender)
        except TimeoutError:
            reply = hops = tos = None
        after = time.time_ns()
        print(json.dumps({
            "request": message.hex(), "reply": None if reply is None else reply.hex(), "hops": hops, "tos": tos,
            "before": before, "after": after, "message": None if reply is None else reading(reply),
        }), flush=True)


def read():
    for line in sys.stdin:
        print(json.dumps(reading(bytes.fromhex(line.strip()))), flush=True)


class Reflector:
    """A Session-Reflector that answers each request as its options say."""

    def __init__(self, options):
        values = dict(option.split("=") if "=" in option else (option, True) for option in options)
        self.offset = int(float(values.pop("offset", 0)) * 1e9)
        self.options = set(values)
        self.counts = {}

    def clock(self):
        return timestamp(time.time_ns() + self.offset, is_ptp="ptp" in self.options)

    def answers(self, datagram, ttl, peer):
        arrival = self.clock()
        if "echo" in self.options:
            return [datagram]
        if len(datagram) < 44:
            return []
        asked = Request(datagram)
        session = (peer, asked.ssid)
        count = self.counts.get(session, 0)
        self.counts[session] = count + 1
        reply = bytes(self.reply(asked, count, arrival, ttl))
        # What follows the base message and is not a TLV comes back unchanged.
        reply += datagram[len(reply):]
        return [self.spoilt(reply, datagram)] * (2 if "duplicate" in self.options else 1)

    def reply(self, asked, count, arrival, ttl):
        sequence = asked.seq if "stateless" in self.options else count
        sender_time = asked.fields["ts"]
        error = 1 | ("synchronized" in self.options) << 15 | ("ptp" in self.options) << 14
        reply = Reflection(
            seq=sequence + ("sequence" in self.options and count >= 2), err_estimate=estimate(error),
            ssid=asked.ssid ^ ("ssid" in self.options), seq_sender=asked.seq ^ ("senderSequence" in self.options),
            err_estimate_sender=asked.err_estimate, ttl_sender=ttl or 0,
            tlv_objects=[self.tlv(each) for each in tlvs(asked)])
        departure = arrival - (1 << 20) if "t3BeforeT2" in self.options else self.clock()
        if "zeroTimes" in self.options:
            arrival = departure = 0
        return with_raw_times(
            reply, ts=departure, ts_rx=arrival, ts_sender=sender_time ^ ("senderTime" in self.options))

    @staticmethod
    def tlv(asked):
        """Extra padding is known, everything else is not."""
        known = asked.type == 1
        return TLV(flags=0 if known else 0x80, type=asked.type, len=asked.len, value=asked.value)

    def spoilt(self, reply, datagram):
        if "short" in self.options:
            return reply[:40]
        if "long" in self.options:
            return reply + b"\0\0\0\0"
        if "unrequestedTLV" in self.options:
            return reply + bytes(TLV(flags=0, type=1, len=4, value=b"\1\2\3\4"))
        if "truncatedTLV" in self.options:
            return reply + bytes(TLV(flags=0, type=1, len=400, value=b"\1\2\3\4"))
        return reply


def reflect(address, *options):
    server = open_socket(address)
    server.bind((address, 0))
    print("port", server.getsockname()[1], flush=True)
    reflector = Reflector(options)
    while True:
        datagram, ttl, _, peer = receive(server)
        for answer in reflector.answers(datagram, ttl, peer):
            server.sendto(answer, peer)


if __name__ == "__main__":
    {"send": send, "read": read, "reflect": reflect}[sys.argv[1]](*sys.argv[2:])
