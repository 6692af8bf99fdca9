import Addresses
import Glibc
import SystemPackage
import Testing
import TestSupport

@Suite(
  "Passed sockets that nobody serves, on a kernel that fails",
  .enabled(if: !BuiltProgram.isSanitized, "systemd's tool cannot load a library with a sanitizer in it"))
struct UnservedFaultTests {
  private static let configuration =
    #"{ "admin": { "port": 0 }, "listeners": [{ "transport": "udp", "port": 0 }] }"#

  private let place = Endpoint(address: .loopbackIPv4, port: freePort())

  /// The real tool: it binds the socket, waits for a client there, and runs echod, which has no use for it.
  private func activate(_ options: String...) -> [String] {
    // The library that injects faults takes itself out of the tool's environment.
    let environment = ["LD_PRELOAD=\(BuiltProgram.faults)", "ECHOD_TEST_FAULTS"].flatMap { ["-E", $0] }
    return ["/usr/bin/systemd-socket-activate"] + environment + options + ["-l", "\(place)"]
  }

  /// Has the tool run echod, as soon as it listens.
  private func comeFirst(_ kind: PlainSocket.Kind) async throws {
    let hasCome = await eventually {
      guard let client = try? PlainSocket(kind), (try? client.connect(to: place)) != nil else { return false }
      guard kind == .udp else { return true }
      // On loopback the kernel says by the next send that nobody was there for the last one.
      for _ in 0..<2 { guard (try? await client.send([1])) != nil else { return false } }
      return true
    }
    #expect(hasCome)
  }

  /// While a call fails: little processor time, and one warning beside the one at the start.
  private func expectRest(of echod: FaultyDaemon, at call: InjectedFaults.Call) async throws {
    let isStruck = await eventually { echod.faults.struck(call) > 0 }
    #expect(isStruck)
    let hasLogged = await echod.hasLogged(warnings: 2)
    #expect(hasLogged)
    let isIdle = try await echod.isIdle()
    #expect(isIdle)
    #expect(echod.warnings.count == 2, "\(echod.warnings)")
  }

  @Test(
    "use no processor time while no connection can be accepted, and disconnect waiting clients afterwards",
    arguments: Strike.each(.accept4, .tooManyOpenFiles, .noMemory, .connectionAbort, .notPermitted))
  func connections(_ strike: Strike) async throws {
    async let first: Void = comeFirst(.tcp)
    try await FaultyDaemon.with(Self.configuration, wrapper: activate()) { echod in
      let before = echod.process.descriptors
      echod.faults.inject(.error(strike.error), at: .accept4, .every(1))
      let client = try PlainSocket(connectedTo: place)
      try await expectRest(of: echod, at: .accept4)
      echod.faults.end()
      #expect(try await client.receiveToEnd().isEmpty)
      let isClean = try await echod.isCleanAgain(before)
      #expect(isClean)
    }
    try await first
  }

  @Test(
    "use no processor time while no datagram can be received, and drop the waiting ones afterwards",
    arguments: Strike.each(.recv, .noMemory, .noBufferSpace))
  func datagrams(_ strike: Strike) async throws {
    async let first: Void = comeFirst(.udp)
    try await FaultyDaemon.with(Self.configuration, wrapper: activate("-d")) { echod in
      let client = try PlainSocket(.udp)
      echod.faults.inject(.error(strike.error), at: .recv, .every(1))
      try client.send([2], to: place)
      try await expectRest(of: echod, at: .recv)
      // The calls seen now no longer fail: the one that drops it, and one that finds nothing.
      echod.faults.inject(.atMost(.max), at: .recv, .every(1))
      let isDropped = await eventually { echod.faults.seen(.recv) >= 2 }
      #expect(isDropped)
      let isIdle = try await echod.isIdle()
      #expect(isIdle)
    }
    try await first
  }
}
