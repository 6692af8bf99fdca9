import Addresses
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Sockets

@Suite("The interfaces' addresses")
struct InterfaceAddressesTests {
  /// The same, as libc tells it. See getifaddrs(3).
  private static func libcAddresses() throws -> Set<IPAddress> {
    var first: UnsafeMutablePointer<ifaddrs>?
    try #require(getifaddrs(&first) == 0)
    defer { freeifaddrs(first) }
    var addresses: Set<IPAddress> = []
    var next = first
    while let interface = next {
      next = interface.pointee.ifa_next
      guard let address = interface.pointee.ifa_addr else { continue }
      let isIPv6 = Int32(address.pointee.sa_family) == AF_INET6
      let size = isIPv6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
      let bytes = UnsafeRawBufferPointer(start: address, count: size)
      if let endpoint = Endpoint(socketAddress: bytes) { addresses.insert(endpoint.address) }
    }
    return addresses
  }

  @Test("hold the loopback address, and none that is nobody's")
  func loopback() throws {
    let addresses = try #require(Host.interfaceAddresses())
    #expect(addresses.contains(.loopbackIPv4))
    #expect(!addresses.contains { $0.isUnspecified || $0.isMulticastOrBroadcast })
  }

  @Test("are those that libc knows")
  func sameAsLibc() async throws {
    // An address can come or go between the two questions.
    let areSame = try await eventually { Host.interfaceAddresses() == (try Self.libcAddresses()) }
    #expect(areSame)
  }

  @Test("are all there however little room the question begins with", arguments: [Int.min, 0, 1, 2, .max])
  func growth(capacity: Int) async throws {
    let areSame = try await eventually {
      try InterfaceAddresses.ipv4(capacity: capacity) == (try Self.libcAddresses().filter(\.isIPv4))
    }
    #expect(areSame)
  }

  @Test(
    "are those of a network: primary, secondary, labelled, IPv6, and hundreds",
    .enabled(if: NetworkNamespace.canBeMade, "a network of the test's own needs root and ip(8)"))
  func network() async {
    // In a process of its own, whose thread moves into another network.
    await #expect(processExitsWith: .success) {
      try NetworkNamespace.enter()
      let own = [
        "192.0.2.1/24", "192.0.2.2/24", "192.0.2.3/24 label lo:third", "198.51.100.1 peer 198.51.100.2",
        "2001:db8::1/64", "2001:db8::2/64", "fe80::5/64",
      ]
      let many = (0..<300).map { "10.0.\($0 / 250).\($0 % 250 + 1)/16" }
      try NetworkNamespace.configure(["link set lo up"] + (own + many).map { "address add \($0) dev lo" })
      let addresses = try #require(Host.interfaceAddresses())
      var expected: Set<IPAddress> = [.loopbackIPv4, try #require(IPAddress("::1"))]
      for text in own + many {
        let literal = text.prefix { $0 != "/" && $0 != " " }
        expected.insert(try #require(IPAddress(literal)))
      }
      #expect(addresses == expected)
      #expect(addresses == (try InterfaceAddressesTests.libcAddresses()))
    }
  }

  @Test("of IPv6 are the first words of lines of six")
  func lines() throws {
    let file = """
      00000000000000000000000000000001 01 80 10 80       lo
      20010DB8000000000000000000000001 2a40 40 00 80 averylongname15

      fd000000000000000000000000000002 04 40 00 82     eth0
      """
    let expected = Set(try ["::1", "2001:db8::1", "fd00::2"].map { try #require(IPAddress($0)) })
    #expect(InterfaceAddresses.addresses(inFile: Array(file.utf8)) == expected)
  }

  @Test(
    "of IPv6 are in no line of another form",
    arguments: [
      "", "\n\n", " ", "\0", "00000000000000000000000000000001",
      "0000000000000000000000000000001 01 80 10 80 lo",
      "000000000000000000000000000000001 01 80 10 80 lo", "+0000000000000000000000000000001 01 80 10 80 lo",
      "-0000000000000000000000000000001 01 80 10 80 lo", "0000000000000000000000000000000g 01 80 10 80 lo",
      "00000000000000000000000000000001 01 80 10 80", "00000000000000000000000000000001 01 80 10 80 lo lo",
      "0000:0000:0000:0000:0000:000:0:1 01 80 10 80 lo", "٠١٢٣٤٥٦٧٨٩٠١٢٣٤٥ 01 80 10 80 lo",
    ])
  func oddLines(line: String) {
    #expect(InterfaceAddresses.addresses(inFile: Array(line.utf8)).isEmpty)
  }

  @Test("of IPv6 are read from no file without end, and are none where IPv6 is not")
  func files() throws {
    #expect(try InterfaceAddresses.ipv6(file: "/dev/zero").isEmpty)
    #expect(try InterfaceAddresses.ipv6(file: "/proc/thread-self/net/no-such-family").isEmpty)
    #expect(throws: Errno.isDirectory) { try InterfaceAddresses.ipv6(file: "/") }
  }
}

/// A network of a thread's own, with nothing but a loopback interface that is down. See network_namespaces(7).
private enum NetworkNamespace {
  /// Whether this process may make one; tried in a program of its own.
  static var canBeMade: Bool { system("unshare --net ip link > /dev/null 2>&1") == 0 }

  /// Moves this thread, and what it starts, into a new one. See unshare(2), which the Glibc module hides.
  static func enter() throws {
    typealias Unshare = @convention(c) (Int32) -> Int32
    let unshare = unsafeBitCast(try #require(dlsym(nil, "unshare")), to: Unshare.self)
    try #require(unshare(0x4000_0000 /* CLONE_NEWNET */) == 0)
  }

  /// Lets ip(8) do these.
  static func configure(_ commands: [String]) throws {
    let pipe = try #require(popen("ip -batch -", "w"))
    fputs(commands.map { $0 + "\n" }.joined(), pipe)
    try #require(pclose(pipe) == 0)
  }
}
