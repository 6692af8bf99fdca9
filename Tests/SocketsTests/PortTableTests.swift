import Addresses
import Glibc
import Testing
import TestSupport

@testable import Sockets

@Suite("The table of a port's sockets")
struct PortTableTests {
  @Test(
    "has the sockets that are bound to the port, each with its address and number",
    arguments: ["127.0.0.1", "0.0.0.0", "::1", "::"])
  func bound(text: String) throws {
    let address = try #require(IPAddress(text))
    let udp = try DatagramSocket(boundTo: Endpoint(address: address, port: 0))
    let udpPort = try #require(try udp.descriptor.localEndpoint()).port
    let wanted = PortTable.Entry(address: address, socketNumber: udp.descriptor.socketNumber)
    #expect(PortTable(ofPort: udpPort, isTCP: false).entries.filter { $0.address == address } == [wanted])
    let tcp = try ListeningSocket(boundTo: Endpoint(address: address, port: 0), backlog: 1)
    let tcpPort = try #require(try tcp.descriptor.localEndpoint()).port
    let listening = PortTable.Entry(address: address, socketNumber: tcp.descriptor.socketNumber)
    let client = try PlainSocket(.tcp, isIPv6: !address.isIPv4)
    let target = address.isUnspecified ? IPAddress(address.isIPv4 ? "127.0.0.1" : "::1") : address
    try client.connect(to: Endpoint(address: try #require(target), port: tcpPort))
    // The connection is not in it.
    #expect(PortTable(ofPort: tcpPort, isTCP: true).entries.filter { $0.address == address } == [listening])
  }

  @Test("has a socket once, even if the kernel prints it twice")
  func twice() throws {
    let line = "  10: 0100007F:2EE0 00000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 4711 2 0 0\n"
    let other = line.replacing("4711", with: "4712")
    var path = Array("/tmp/echod-test-XXXXXX".utf8CString)
    let file = mkstemp(&path)
    defer { close(file) }
    unlink(path)
    let text = Array((line + other + line).utf8)
    try #require(write(file, text, text.count) == text.count)
    let entries = PortTable.entries(of: "/proc/self/fd/\(file)", onPort: 12000, listeningOnly: false)
    #expect(entries.map(\.socketNumber) == [4711, 4712])
  }

  @Test("reads the kernel's lines")
  func lines() throws {
    let line =
      "  78: 0200007F:1B5B 00000000:0000 07 00000000:00000000 00:00000000 00000000  0  0 4711 2 0000 0"
    let entry = try #require(PortTable.Entry(line, onPort: 7003, listeningOnly: false))
    #expect(entry == PortTable.Entry(address: try #require(IPAddress("127.0.0.2")), socketNumber: 4711))
    #expect(PortTable.Entry(line, onPort: 7003, listeningOnly: true) == nil)
    #expect(PortTable.Entry(line, onPort: 7004, listeningOnly: false) == nil)
    let v6 = line.replacing("0200007F:", with: "B80D0120000000000000000001000000:")
    #expect(PortTable.Entry(v6, onPort: 7003, listeningOnly: false)?.address == IPAddress("2001:db8::1"))
    for bad in [
      "", "  sl  local_address rem_address", "0: 02000:1B5B a b c d e f g 1", String(line.prefix(60)),
    ] {
      #expect(PortTable.Entry(bad, onPort: 7003, listeningOnly: false) == nil)
    }
  }
}
