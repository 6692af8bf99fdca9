import Glibc
import Testing
import TestSupport

@Suite("A stand-in for the service manager")
struct StoringManagerTests {
  /// What a service written in Python begins with.
  private static let prelude = """
    import array, os, socket, sys
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    def tell(text, *descriptors):
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
        manager.sendmsg([text.encode()], rights, socket.MSG_DONTWAIT, os.environ["NOTIFY_SOCKET"])
    def barrier():
        ours, theirs = os.pipe()
        tell("BARRIER=1", theirs)
        os.close(theirs)
        os.read(ours, 1)
    def bound():
        new = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        new.bind(("127.0.0.1", 0))
        return new

    """

  /// Runs a service to its end and returns what it printed.
  private static func run(_ script: String, under manager: StoringManager) async throws -> [String] {
    try await manager.start(["/usr/bin/python3", "-c", prelude + script]) { program in
      let outcome = try await program.outcome()
      try #require(outcome.ending == .exit(0), "\(outcome.errors)")
      return outcome.text.split(separator: "\n").map(String.init)
    }
  }

  private static let list = """
    assert int(os.environ["LISTEN_PID"]) == os.getpid()
    names = os.environ["LISTEN_FDNAMES"].split(":")
    assert int(os.environ["LISTEN_FDS"]) == len(names)
    for number, name in enumerate(names, 3):
        print(name, socket.socket(fileno=number).getsockname()[1])
    """

  @Test("passes on to the next program what the one before it stored, the latest first")
  func passing() async throws {
    try await StoringManager.with("") { manager in
      let stored = try await Self.run(
        """
        one, other = bound(), bound()
        tell("FDSTORE=1\\nFDNAME=a", one.fileno())
        tell("FDSTORE=1\\nFDNAME=b\\nFDPOLL=0", other.fileno(), one.fileno())
        barrier()
        for name, each in (("b", other), ("a", one)): print(name, each.getsockname()[1])
        """, under: manager)
      #expect(manager.names == ["a", "b"])
      #expect(manager["a"].allSatisfy(\.isWatched) && !manager["b"].contains(where: \.isWatched))
      let unit = try PlainSocket(.udp, boundTo: .init(address: .loopbackIPv4, port: 0))
      manager.pass(unit, as: "unit")
      let passed = try await Self.run(Self.list, under: manager)
      let port = try unit.localEndpoint().port
      #expect(passed == ["unit \(port)"] + stored)
      #expect(manager.messages.last == ["BARRIER=1"])
    }
  }

  @Test("keeps no more than its store takes, and closes the rest")
  func limits() async throws {
    try await StoringManager.with("", maximum: 3) { manager in
      let ends = try await Self.run(
        """
        pairs = [socket.socketpair() for _ in range(5)]
        for ours, theirs in pairs:
            tell("FDSTORE=1\\nFDNAME=x", theirs.fileno())
            theirs.close()
        barrier()
        for ours, theirs in pairs:
            ours.setblocking(False)
            try: print(len(ours.recv(1)))
            except BlockingIOError: print("open")
        """, under: manager)
      #expect(ends == ["open", "open", "open", "0", "0"])
      #expect(manager.names == ["x", "x", "x"])
    }
  }

  @Test("removes by name")
  func removal() async throws {
    try await StoringManager.with("") { manager in
      let script = """
        sockets = [bound() for _ in range(3)]
        for name, each in zip("aba", sockets): tell("FDSTORE=1\\nFDNAME=" + name, each.fileno())
        tell("FDSTOREREMOVE=1\\nFDNAME=a")
        barrier()
        """
      _ = try await Self.run(script, under: manager)
      #expect(manager.names == ["b"])
    }
  }

  @Test("takes no messages while it is frozen, and has no room for any if it is to be full")
  func frozen() async throws {
    try await StoringManager.with("") { manager in
      try manager.freeze()
      _ = try await Self.run(#"tell("X=1")"#, under: manager)
      #expect(manager.messages.isEmpty)
      try manager.freeze(full: true)
      let printed = try await Self.run(
        """
        try: tell("X=2")
        except BlockingIOError: print("full")
        """, under: manager)
      #expect(printed == ["full"] && manager.messages.isEmpty)
      manager.thaw()
      let isRead = await eventually { manager.messages == [["X=1"]] }
      #expect(isRead)
    }
  }

  @Test("runs an echod, which tells it that it is ready")
  func daemon() async throws {
    try await StoringManager.with(#"{ "admin": null, "listeners": [{ "transport": "udp", "port": 0 }] }"#) {
      manager in
      try await manager.run(thenBy: .stop) { _ in
        let isReady = await eventually { manager.messages.contains { $0.first == "READY=1" } }
        #expect(isReady)
      }
      let stops = manager.messages.contains { $0.first == "STOPPING=1" }
      #expect(stops)
    }
  }
}
