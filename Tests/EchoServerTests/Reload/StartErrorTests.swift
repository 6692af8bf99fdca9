import Addresses
import EchoCore
import EchoServer
import SystemPackage
import Testing

extension Errno {
  fileprivate static let noDevice = operationNotSupportedByDevice
}

@Suite("A reason not to start")
struct StartErrorTests {
  private static let hint =
    "; ports below 1024 need the capability CAP_NET_BIND_SERVICE; see LOW PORTS in echod(8)"

  private static func listener(port: UInt16, _ error: Errno) -> StartError {
    .listener(name: "x", .internet(.udp, .loopbackIPv4, port: port), error)
  }

  private static func admin(port: UInt16, _ error: Errno) -> StartError {
    .admin(.tcp(address: .loopbackIPv4, port: port), error)
  }

  @Test(
    "names the listener, the address and the reason",
    arguments: [
      (
        listener(port: 12000, .addressInUse),
        "listener x: cannot bind udp 127.0.0.1:12000: Address already in use"
      ),
      (
        .listener(name: "x", .internet(.tcp, IPAddress(v4: 0), port: 7, interface: "eth9"), .noDevice),
        "listener x: cannot bind tcp 0.0.0.0:7 on eth9: No such device"
      ),
      (
        .listener(
          name: "x", .internet(.udp, IPAddress(bits: 0xFE80 << 112 | 1), port: 7, interface: "eth9"),
          .noDevice),
        "listener x: cannot bind udp [fe80::1%eth9]:7: No such device"
      ),
      (
        admin(port: 8080, .addressInUse),
        "the admin socket: cannot bind tcp 127.0.0.1:8080: Address already in use"
      ),
      (
        .sameInterface(name: "x", .internet(.udp, IPAddress(v4: 0), port: 7, interface: "alt0"), as: "y"),
        "listener x: cannot bind udp 0.0.0.0:7 on alt0: this is the interface of listener y, by another name"
      ),
      (
        .listener(name: "x", .internet(.udp, IPAddress(bits: 0), port: 7000), .addressFamilyNotSupported),
        "listener x: cannot bind udp [::]:7000: Address family not supported by protocol; the kernel has no IPv6, and "
          + "0.0.0.0 has a socket of its own: leave this one out"
      ),
      (.queue(name: "x", .tooManyOpenFiles), "listener x: cannot create a queue: Too many open files"),
      (
        .unservedSockets(.tooManyOpenFiles),
        "the passed sockets that are not served: cannot create a queue: Too many open files"
      ),
      (
        .descriptors(least: 30, limit: 20),
        "the configuration needs at least 30 file descriptors, but the limit is 20; raise it with LimitNOFILE= in the "
          + "unit or with \"ulimit -n\""
      ),
      (
        .memory(mebibytes: 36, .noMemory),
        "the configuration needs room for 36 MiB beside its threads: Cannot allocate memory; see \"ulimit -v\""
      ),
      (
        .threads(needed: 20, possible: 3, .resourceTemporarilyUnavailable),
        "the configuration needs 20 threads, but only 3 are possible: Resource temporarily unavailable; see "
          + "TasksMax= in the unit, \"ulimit -u\" and \"ulimit -v\""
      ),
    ])
  func sentences(error: StartError, sentence: String) {
    #expect(error.description == sentence)
  }

  @Test("tells what a port below 1024 needs, where the system keeps it", arguments: [UInt16(1), 7, 1023])
  func lowPorts(port: UInt16) {
    for error in [Errno.permissionDenied, .notPermitted] {
      let reason = "\(port): \(error)\(Self.hint)"
      #expect(
        Self.listener(port: port, error).description == "listener x: cannot bind udp 127.0.0.1:\(reason)")
      #expect(
        Self.admin(port: port, error).description == "the admin socket: cannot bind tcp 127.0.0.1:\(reason)")
    }
  }

  @Test(
    "speaks of low ports nowhere else",
    arguments: [
      listener(port: 7, .addressInUse), listener(port: 0, .permissionDenied),
      listener(port: 1024, .permissionDenied),
      admin(port: 7, .addressNotAvailable), admin(port: 1024, .notPermitted),
      .admin(.unix(path: "/run/echod/admin.sock"), .permissionDenied), .queue(name: "x", .permissionDenied),
    ])
  func otherErrors(error: StartError) {
    #expect(!error.description.contains("1024 need"))
  }
}
