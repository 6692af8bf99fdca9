// Go's echo as its documentation teaches it: a goroutine for each connection.
//
//	echo tcp|udp PORT
package main

import (
	"log"
	"net"
	"os"
)

const bufferBytes = 64 * 1024

func answer(connection net.Conn) {
	defer connection.Close()
	buffer := make([]byte, bufferBytes)
	for {
		count, err := connection.Read(buffer)
		if err != nil {
			return
		}
		if _, err := connection.Write(buffer[:count]); err != nil {
			return
		}
	}
}

func serveConnections(address string) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go answer(connection)
	}
}

func serveDatagrams(address string) {
	at, err := net.ResolveUDPAddr("udp", address)
	if err != nil {
		log.Fatal(err)
	}
	socket, err := net.ListenUDP("udp", at)
	if err != nil {
		log.Fatal(err)
	}
	buffer := make([]byte, bufferBytes)
	for {
		count, peer, err := socket.ReadFromUDPAddrPort(buffer)
		if err != nil {
			log.Fatal(err)
		}
		socket.WriteToUDPAddrPort(buffer[:count], peer)
	}
}

func main() {
	address := "127.0.0.1:" + os.Args[2]
	if os.Args[1] == "udp" {
		serveDatagrams(address)
	} else {
		serveConnections(address)
	}
}
