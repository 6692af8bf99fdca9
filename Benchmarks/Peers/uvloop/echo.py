"""Python's asyncio on uvloop, with protocols: its fastest way.

echo.py tcp|udp PORT
"""

import asyncio
import sys

import uvloop


class Stream(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)


class Datagrams(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, peer):
        self.transport.sendto(data, peer)


async def serve(transport, port):
    loop = asyncio.get_running_loop()
    if transport == "udp":
        await loop.create_datagram_endpoint(Datagrams, local_addr=("127.0.0.1", port))
    else:
        await loop.create_server(Stream, "127.0.0.1", port, backlog=4096)
    await asyncio.Event().wait()


uvloop.run(serve(sys.argv[1], int(sys.argv[2])))
