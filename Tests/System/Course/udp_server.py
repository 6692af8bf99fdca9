# The course's UDP server: answers each datagram in capitals, for ever. udp_server.py HOST PORT
import socket
import sys

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind((sys.argv[1], int(sys.argv[2])))
print("The server is ready to receive on port", server.getsockname()[1], flush=True)
while True:
    message, client = server.recvfrom(65535)
    server.sendto(message.upper(), client)
