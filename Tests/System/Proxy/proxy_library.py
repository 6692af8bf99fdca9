# An echo that reads PROXY headers with the library proxy-protocol, and prints each: proxy_library.py tcp|udp ADDRESS 1|2
import asyncio
import json
import socket
import sys

from proxyprotocol.reader import ProxyProtocolReader
from proxyprotocol.v1 import ProxyProtocolV1
from proxyprotocol.v2 import ProxyProtocolV2

transport, address, version = sys.argv[1:]
family = socket.AF_INET6 if ":" in address else socket.AF_INET
library = ProxyProtocolV1() if version == "1" else ProxyProtocolV2()


def endpoint(pair):
    return f"[{pair[0]}]:{pair[1]}" if ":" in str(pair[0]) else f"{pair[0]}:{pair[1]}"


def show(result, peer):
    """Prints what a header says, and who sent it."""
    print(json.dumps({
        "from": endpoint(result.source), "to": endpoint(result.dest), "peer": endpoint(peer),
        "protocol": result.protocol.name if result.protocol else None,
    }), flush=True)


async def serve_tcp():
    async def answer(reader, writer):
        show(await ProxyProtocolReader(library).read(reader), writer.get_extra_info("peername"))
        while message := await reader.read(65536):
            writer.write(message)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, address, 0, family=family)
    print("port", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def serve_udp():
    server = socket.socket(family, socket.SOCK_DGRAM)
    server.bind((address, 0))
    print("port", server.getsockname()[1], flush=True)
    while True:
        datagram, peer = server.recvfrom(65536)
        show(library.unpack(datagram), peer)
        server.sendto(datagram[16 + int.from_bytes(datagram[14:16], "big"):], peer)


if transport == "tcp":
    asyncio.run(serve_tcp())
else:
    serve_udp()
