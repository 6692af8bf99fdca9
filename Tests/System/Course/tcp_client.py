# The course's TCP client: sends one sentence and prints the reply. tcp_client.py HOST PORT
import socket
import sys

client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
client.connect((sys.argv[1], int(sys.argv[2])))
sentence = input("Input lowercase sentence:")
client.send(sentence.encode())
reply = client.recv(1024)
print("From Server:", reply.decode())
client.close()
