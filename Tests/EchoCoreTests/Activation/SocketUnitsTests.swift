import Addresses
import Testing

@testable import EchoCore

@Suite("What systemctl shows of socket units")
struct SocketUnitsTests {
  /// Lines of what systemctl(1) of systemd 252 printed of the package's unit.
  private static let unit = """
    BindIPv6Only=default
    Backlog=4096
    Accept=no
    DeferAcceptUSec=0
    Listen=127.0.0.1:12000 (Datagram)
    Listen=127.0.0.1:12000 (Stream)
    Listen=127.0.0.1:8080 (Stream)
    NAccepted=0
    FileDescriptorName=echod.socket
    Id=echod.socket
    Description=Sockets of the echo daemon
    Triggers=echod.service

    """

  /// The same of another one.
  private static let other = """
    Accept=no
    Listen=[::]:12000 (Stream)
    Listen=[::1]:7 (Datagram)
    Listen=[fe80::1]:9%lo (Stream)
    Listen=/run/echod/a b.sock (Stream)
    Listen=@abstract (Stream)
    FileDescriptorName=web
    Id=other.socket

    """

  /// A unit that is bound to an interface.
  private static let bound = """
    BindToDevice=eth0
    Listen=0.0.0.0:7 (Datagram)
    FileDescriptorName=bound
    Id=bound.socket

    """

  private func sockets(_ text: String) throws(SocketUnits.Problem) -> [SocketUnits.Socket] {
    try SocketUnits(Array(text.utf8)).sockets
  }

  private func socket(
    _ name: String, _ transport: Transport, _ address: String, _ port: UInt16, on interface: String? = nil
  ) throws -> SocketUnits.Socket {
    let place = BoundAddress.internet(
      transport, try #require(IPAddress(address)), port: port, interface: interface)
    return .usable(ActivationSocket(name: name, transport: transport, address: place))
  }

  @Test("is the sockets of a unit, with its name and in its order")
  func oneUnit() throws {
    #expect(
      try sockets(Self.unit) == [
        socket("echod.socket", .udp, "127.0.0.1", 12000), socket("echod.socket", .tcp, "127.0.0.1", 12000),
        socket("echod.socket", .tcp, "127.0.0.1", 8080),
      ])
  }

  @Test("is the sockets of several units, with an empty line between two")
  func severalUnits() throws {
    let sockets = try sockets(Self.unit + "\n" + Self.other)
    #expect(sockets.count == 8)
    #expect(try sockets[3] == socket("web", .tcp, "::", 12000))
    #expect(try sockets[4] == socket("web", .udp, "::1", 7))
    #expect(try sockets[5] == socket("web", .tcp, "fe80::1", 9, on: "lo"))
    #expect(
      sockets[6...] == [
        .usable(ActivationSocket(name: "web", transport: .tcp, address: .unix(path: "/run/echod/a b.sock"))),
        .usable(ActivationSocket(name: "web", transport: .tcp, address: nil)),
      ])
  }

  @Test("is the sockets of a unit on one interface")
  func interface() throws {
    #expect(try sockets(Self.bound) == [socket("bound", .udp, "0.0.0.0", 7, on: "eth0")])
  }

  @Test(
    "names sockets that echod cannot serve",
    arguments: ["/run/fifo (FIFO)", "/run/s (SequentialPacket)", "/run/d (Datagram)", "vsock:2:5 (Stream)"])
  func unusable(address: String) throws {
    let sockets = try sockets("Listen=\(address)\nFileDescriptorName=x\n")
    guard case .unusable(let text, _) = sockets.first else {
      Issue.record("\(sockets)")
      return
    }
    #expect(text.hasPrefix("\"x\" ("))
  }

  @Test("names the sockets of a unit with Accept=yes")
  func accepting() throws {
    guard case .unusable = try sockets("Accept=yes\nListen=[::]:7 (Stream)\nFileDescriptorName=x\n").first
    else {
      Issue.record("it is usable")
      return
    }
  }

  @Test(
    "is refused when it is something else",
    arguments: [
      ("", "no Listen= line"), ("\n\n", "no Listen= line"), ("hello\n", "no Listen= line"),
      ("Id=echod.service\nType=notify\n", "\"echod.service\": no Listen= line"),
      (unit + "\nId=typo.socket\nFileDescriptorName=typo.socket\n", "\"typo.socket\": no Listen= line"),
      ("Id=typo.socket\nLoadState=not-found\n", "\"typo.socket\": there is no such unit"),
      ("Listen=127.0.0.1:7 (Stream)\n", "no FileDescriptorName= line"),
      (
        "Listen=7 (Stream)\nFileDescriptorName=x\n",
        "\"Listen=7 (Stream)\" is not of the form ADDRESS (KIND)"
      ),
      ("Listen=127.0.0.1:70000 (Stream)\nFileDescriptorName=x\n", "is not of the form ADDRESS (KIND)"),
      ("Listen=127.0.0.1:0 (Stream)\nFileDescriptorName=x\n", "is not of the form ADDRESS (KIND)"),
      ("Listen=127.0.0.1:7\nFileDescriptorName=x\n", "is not of the form ADDRESS (KIND)"),
      ("Listen=(Stream)\nFileDescriptorName=x\n", "is not of the form ADDRESS (KIND)"),
      ("Listen=\nFileDescriptorName=x\n", "is not of the form ADDRESS (KIND)"),
      ("Listen=\u{0}\u{1B}[ (\nFileDescriptorName=x\n", "is not of the form ADDRESS (KIND)"),
    ])
  func refusals(text: String, message: String) throws {
    let problem = #expect(throws: SocketUnits.Problem.self) { try sockets(text) }
    #expect(problem?.description.contains(message) == true, "\(problem?.description ?? "")")
  }

  @Test("is refused when it is longer than the limit")
  func limit() throws {
    let rest = String(repeating: "x", count: Limits.socketUnitBytes - Self.unit.utf8.count)
    #expect(try sockets(Self.unit + rest).count == 3)
    let problem = #expect(throws: SocketUnits.Problem.self) { try sockets(Self.unit + rest + "x") }
    #expect(problem?.description == "more than 1048576 bytes")
  }
}
