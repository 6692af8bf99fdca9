# The course's UDP client: sends one sentence and prints the reply. udp_client.py HOST PORT
import socket
import sys

client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sentence = input("Input lowercase sentence:")
client.sendto(sentence.encode(), (sys.argv[1], int(sys.argv[2])))
reply, server = client.recvfrom(2048)
print(reply.decode())
client.close()
