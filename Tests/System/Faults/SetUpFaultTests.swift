import Addresses
import Glibc
import SystemPackage
import Testing
import TestSupport

@Suite("What echod sets up on a kernel that fails")
struct SetUpFaultTests {
  private static let failures =
    Strike.each(.socket, .tooManyOpenFiles, .noBufferSpace) + Strike.each(.bind, .noMemory, .addressInUse)
    + Strike.each(.listen, .noMemory, .addressInUse) + Strike.each(.setsockopt, .noMemory)
    + Strike.each(.getsockopt, .noBufferSpace) + Strike.each(.getsockname, .noBufferSpace)
    + Strike.each(.eventfd, .tooManyOpenFiles) + Strike.each(.timerfdCreate, .tooManyOpenFiles)
    + Strike.each(.epollCreate1, .tooManyOpenFilesInSystem)
    + Strike.each(.epollAdd, .noMemory, .noSpace) + Strike.each(.mmap, .noMemory)

  /// - Parameters:
  ///   - port: is the same before and after a reload, which moves its listener to another address.
  private static func configuration(port: UInt16 = 0, isChanged: Bool = false) -> String {
    """
    { "admin": { "port": 0 },
      "listeners": [
        { "name": "steady", "transport": "tcp", "port": 0 },
        { "name": "tcp", "transport": "tcp", "port": 0, "queues": \(isChanged ? 3 : 2) },
        { "name": "moving", "transport": "tcp", "address": "\(isChanged ? "0.0.0.0" : "127.0.0.1")", "port": \(port) },
        { "name": "\(isChanged ? "new" : "old")", "transport": "udp", "port": 0 },
        { "name": "udp", "transport": "udp", "port": 0, "sendBufferBytes": \(isChanged ? 65536 : 32768) }] }
    """
  }

  @Test("is refused as a whole at the start, or served as a whole, whichever call fails", arguments: failures)
  func start(_ strike: Strike) async throws {
    try await TemporaryFile.with(Self.configuration()) { path in
      var number: UInt64 = 1
      while try await startIsStruck(strike, number: number, configuration: path) { number += 1 }
      #expect(number > 1)
    }
  }

  /// Starts echod with one fault. Returns whether echod made that many calls.
  private func startIsStruck(_ strike: Strike, number: UInt64, configuration: String) async throws -> Bool {
    try await InjectedFaults.with { faults in
      faults.inject(.error(strike.error), at: strike.call, .once(number))
      return try await RunningProgram.with(
        BuiltProgram.echod, ["--config", configuration], environment: faults.environment
      ) { program in
        let ready = try? await program.line(on: .errors) { $0.hasSuffix(" is ready") }
        try #require(faults.areLoaded)
        faults.end()
        let isStruck = faults.struck(strike.call) == 1
        if ready == nil {
          let outcome = try await program.outcome()
          #expect(isStruck && outcome.ending == .exit(71), "call \(number): \(outcome.errors)")
          let lines = outcome.errors.split(separator: "\n")
          #expect(
            lines.count == 1 && lines[0].contains("cannot start: "),
            "call \(number): \(outcome.errors)")
          #expect(outcome.errors.contains("\(strike.error)"))
        } else {
          let isServed = try await isServed(RunningDaemon(program, configurationPath: configuration))
          #expect(isServed, "call \(number)")
          program.signal(SIGTERM)
          let outcome = try await program.outcome()
          #expect(outcome.ending == .exit(0))
        }
        return isStruck
      }
    }
  }

  @Test(
    "is refused or carried out as a whole on reload, whichever call fails", arguments: failures)
  func reload(_ strike: Strike) async throws {
    let port = freePort()
    // Many reloads of one daemon, which a sanitizer makes slow.
    try await FaultyDaemon.with(Self.configuration(port: port), deadlineSeconds: 120) { echod in
      let client = try PlainSocket(connectedTo: echod.daemon.endpoint(of: "steady"))
      // One reload there and back, and one request, because Dispatch keeps a timer or two after its first.
      for isChanged in [true, false] {
        let isCarriedOut = try await reload(echod, to: Self.configuration(port: port, isChanged: isChanged))
        let isServed = try await isServed(echod.daemon)
        #expect(isCarriedOut && isServed)
      }
      let before = echod.process.descriptors
      var number: UInt64 = 0
      repeat {
        number += 1
        echod.faults.inject(.error(strike.error), at: strike.call, .once(number))
        let isCarriedOut = try await reload(echod, to: Self.configuration(port: port, isChanged: true))
        echod.faults.end()
        let isServed = try await isServed(echod.daemon)
        let names = try await echod.daemon.stats().listeners.map(\.name)
        #expect(isServed && names.contains(isCarriedOut ? "new" : "old"), "call \(number)")
        if isCarriedOut {
          let isBack = try await reload(echod, to: Self.configuration(port: port))
          #expect(isBack)
        }
        let isAsBefore = await eventually { echod.process.descriptors <= before }
        #expect(isAsBefore, "call \(number)")
        try await client.send([1])
        #expect(try await client.receive() == [1])
      } while echod.faults.struck(strike.call) > 0
      #expect(number > 1)
    }
  }

  @Test("serves IPv4 alone on :: where the kernel has no IPv6, and says so")
  func noIPv6() async throws {
    let configuration = """
      { "admin": { "address": "::", "port": 0 },
        "listeners": [{ "name": "udp", "transport": "udp", "address": "::", "port": 0 }] }
      """
    // The first socket is the listener's, the second one, after its second attempt, the admin socket's.
    for (number, subject) in [(UInt64(1), " udp: "), (2, " ")] {
      let prepare = { (faults: InjectedFaults) in
        faults.inject(.error(.addressFamilyNotSupported), at: .socket, .once(number))
      }
      try await FaultyDaemon.with(configuration, prepare: prepare) { echod in
        #expect(echod.faults.struck(.socket) == 1)
        let log = String(decoding: echod.daemon.program.printed(on: .errors), as: UTF8.self)
        #expect(log.contains("warning\(subject)the kernel has no IPv6, so \"::\" serves only IPv4\n"))
        let isServed = try await isServed(echod.daemon)
        #expect(isServed)
      }
    }
  }

  @Test("does not start where :: is to serve IPv6 beside 0.0.0.0, and the kernel has no IPv6")
  func noIPv6BesideIPv4() async throws {
    let port = freePort()
    let configuration = """
      { "admin": null, "listeners": [
        { "name": "any6", "transport": "udp", "address": "::", "port": \(port) },
        { "name": "any4", "transport": "udp", "address": "0.0.0.0", "port": \(port) }] }
      """
    try await TemporaryFile.with(configuration) { path in
      try await InjectedFaults.with { faults in
        faults.inject(.error(.addressFamilyNotSupported), at: .socket, .once(1))
        let outcome = try await RunningProgram.run(
          BuiltProgram.echod, ["--config", path], environment: faults.environment)
        #expect(outcome.ending == .exit(71))
        #expect(outcome.errors.contains("listener any6: cannot bind udp [::]:\(port): "))
      }
    }
  }

  /// Reloads echod with a configuration. Returns whether the reload succeeded.
  private func reload(_ echod: FaultyDaemon, to configuration: String) async throws -> Bool {
    let ends = [" was read again", "the old configuration stays in force"]
    @Sendable func count(_ log: [UInt8]) -> [Int] {
      let lines = String(decoding: log, as: UTF8.self).split(separator: "\n")
      return ends.map { end in lines.count { $0.contains(end) } }
    }
    let before = count(echod.daemon.program.printed(on: .errors))
    try TemporaryFile.write(configuration, to: echod.daemon.configurationPath)
    echod.daemon.program.signal(SIGHUP)
    try await echod.daemon.program.wait(for: .errors) { count($0) != before }
    return count(echod.daemon.program.printed(on: .errors))[0] > before[0]
  }

  /// Whether every listener answers; one that the kernel delays does so a moment later.
  private func isServed(_ daemon: RunningDaemon) async throws -> Bool {
    for listener in try await daemon.stats().listeners {
      let server = Endpoint(address: .loopbackIPv4, port: UInt16(listener.port))
      guard await eventually({ await isAnswered(by: server, over: listener.transport) }) else { return false }
    }
    return true
  }

  private func isAnswered(by server: Endpoint, over transport: String) async -> Bool {
    do {
      let client = try PlainSocket(transport == "udp" ? .udp : .tcp)
      try client.connect(to: server)
      try await client.send([1])
      return try await client.receive() == [1]
    } catch {
      return false
    }
  }
}
