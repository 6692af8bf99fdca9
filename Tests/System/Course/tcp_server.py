# The course's TCP server: one sentence a connection, answered in capitals. tcp_server.py HOST PORT
import socket
import sys

welcoming = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
welcoming.bind((sys.argv[1], int(sys.argv[2])))
welcoming.listen(1)
print("The server is ready to receive on port", welcoming.getsockname()[1], flush=True)
while True:
    connection, client = welcoming.accept()
    sentence = connection.recv(1024)
    connection.send(sentence.upper())
    connection.close()
