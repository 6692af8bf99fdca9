import Addresses
import SystemPackage
import Testing
import TestSupport

@testable import Sockets

@Suite("A socket that forbids fragments")
struct PathMTUTests {
  @Test(
    "refuses what is longer than the interface's MTU", arguments: [("127.0.0.1", 65_507), ("::1", 65_488)])
  func interface(address: String, longest: Int) throws {
    let peer = try PlainSocket(.udp, boundTo: .at(address))
    let socket = try DatagramSocket(connectedTo: peer.localEndpoint(), queueingErrors: true)
    try socket.forbidFragments()
    // Over IPv4 the kernel does not count above the longest packet.
    let known = socket.knownPathMTU
    #expect(known == (address == "::1" ? 65_536 : 65_535))
    _ = try socket.send([UInt8](repeating: 1, count: longest))
    #expect(throws: Errno.messageTooLong) { try socket.send([UInt8](repeating: 1, count: longest + 1)) }
    #expect(peer.hasInput())
  }
}
