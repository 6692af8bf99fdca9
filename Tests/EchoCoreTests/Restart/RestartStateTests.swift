import EchoCore
import Testing

@Suite("What a process leaves to the next one")
struct RestartStateTests {
  /// Why bytes are not a state; `nil` if they are one.
  private func error(_ bytes: [UInt8]) -> RestartStateError? {
    do throws(RestartStateError) {
      _ = try RestartState(decoding: bytes)
      return nil
    } catch { return error }
  }

  private func small() -> [UInt8] {
    var random = SplitMix64(state: 3)
    var state = RestartState(configuration: "{}", drawnSeed: 1, removed: .random(&random))
    state.lostConnections = 7
    state.listeners = [.random("one", &random)]
    state.listeners[0].sockets = [.random(&random)]
    state.listeners[0].connections = [.random(&random), .random(&random)]
    return state.encoded().bytes
  }

  @Test("arrives as it was", arguments: UInt64(0)..<50)
  func roundTrip(seed: UInt64) throws {
    var random = SplitMix64(state: seed)
    let state = RestartState.random(&random)
    let (bytes, leftOut) = state.encoded()
    #expect(try RestartState(decoding: bytes) == state)
    #expect(leftOut.isEmpty)
  }

  @Test("can be empty")
  func empty() throws {
    let state = RestartState(configuration: "", drawnSeed: 0)
    #expect(try RestartState(decoding: state.encoded().bytes) == state)
  }

  @Test("can have as many connections as a process has")
  func connections() throws {
    var state = RestartState(configuration: "", drawnSeed: 0)
    state.listeners = [ListenerState(name: "tcp", transport: .tcp)]
    state.listeners[0].connections = (0..<10_000).map { ConnectionState(number: $0) }
    let bytes = state.encoded().bytes
    #expect(try RestartState(decoding: bytes) == state)
  }

  @Test("is known to be truncated wherever it ends")
  func truncated() {
    let bytes = small()
    let errors = (0..<bytes.count).map { error(Array(bytes[..<$0])) }
    #expect(errors.allSatisfy { $0 == .truncated })
  }

  @Test("is invalid with anything after its end")
  func longer() {
    #expect(error(small() + [0]) == .invalid)
  }

  @Test("is read or refused with any bit flipped")
  func flipped() {
    let bytes = small()
    var errors: Set<RestartStateError?> = []
    for index in bytes.indices {
      for bit in 0..<8 {
        var flipped = bytes
        flipped[index] ^= 1 << UInt8(bit)
        errors.insert(error(flipped))
      }
    }
    // Some of them are only other numbers.
    #expect(errors.isSuperset(of: [nil, .foreign, .truncated, .invalid, .otherVersion(3)]))
  }

  @Test("is read or refused with any bytes overwritten", arguments: UInt64(0)..<20)
  func overwritten(seed: UInt64) {
    var random = SplitMix64(state: seed)
    let bytes = small()
    for _ in 0..<200 {
      var changed = bytes
      for _ in 0..<4 {
        changed[random.next(below: bytes.count)] = [0, 1, 0x7F, 0x80, 0xFF][random.next(below: 5)]
      }
      _ = error(changed)
    }
  }

  @Test("is refused if its layout has another version, whatever follows")
  func otherVersion() {
    var bytes = small()
    bytes[8] = 2
    #expect(error(bytes) == .otherVersion(2))
    #expect(error(Array(bytes[..<20])) == .otherVersion(2))
  }

  @Test("is refused if it is something else")
  func foreign() {
    #expect(error(Array("#!/bin/sh".utf8)) == .foreign)
    #expect(error(Array("x".utf8)) == .foreign)
    #expect(error([]) == .truncated)
  }

  @Test("names what is wrong in plain words")
  func descriptions() {
    let errors: [RestartStateError] = [.foreign, .otherVersion(2), .truncated, .invalid]
    #expect(
      errors.map(\.description) == [
        "it is not a state of echod", "it is of another version (2)", "it is truncated", "it is damaged",
      ])
  }

  @Test("has only times that can be calculated with")
  func times() throws {
    var state = RestartState(configuration: "", drawnSeed: 0)
    state.listeners = [ListenerState(name: "tcp", transport: .tcp)]
    state.listeners[0].connections = [Int64.min, .max].map { time in
      var connection = ConnectionState(number: 1)
      (connection.deadline, connection.activeAt, connection.lineFreeAt) = (time, time, time)
      return connection
    }
    let connections = try RestartState(decoding: state.encoded().bytes).listeners[0].connections
    #expect(connections.map(\.deadline) == [0, .max / 2 / 1_000_000])
    #expect(connections.map(\.activeAt) == [0, .max / 2 / 1_000_000])
    #expect(connections.map(\.lineFreeAt) == [0, .max / 2])
  }
}
