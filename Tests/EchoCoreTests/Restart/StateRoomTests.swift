import EchoCore
import Testing

@Suite("A state that is longer than its limit")
struct StateRoomTests {
  /// Two listeners with tables of different sizes, and connections.
  private let state = {
    var state = RestartState(configuration: "{}", drawnSeed: 0)
    state.listeners = [
      ListenerState(name: "one", transport: .udp), ListenerState(name: "two", transport: .tcp),
    ]
    for (listener, size) in [(0, 1000), (0, 500), (1, 2000)] {
      var socket = SocketState(number: 7)
      (socket.clients, socket.impaired) = (bytes(size), bytes(size + 3))
      (socket.proxied, socket.responder) = (bytes(size + 2), bytes(size + 1))
      state.listeners[listener].sockets.append(socket)
    }
    state.listeners[1].limiter = bytes(100)
    for number in 1...3 {
      var connection = ConnectionState(number: UInt64(number))
      (connection.preface, connection.header) = (bytes(number), bytes(10 * number))
      connection.unsent = bytes(100 * number)
      state.listeners[1].connections.append(connection)
    }
    return state
  }()

  private static func bytes(_ count: Int) -> [UInt8] { [UInt8](repeating: 5, count: count) }

  /// What is left out if the limit is this many bytes below the state's size.
  private func leftOut(missing: Int) throws -> (state: RestartState, [String]) {
    let limit = state.encoded().bytes.count - missing
    let (bytes, leftOut) = state.encoded(atMost: limit)
    #expect(bytes.count <= limit)
    return (try RestartState(decoding: bytes), leftOut)
  }

  @Test("is written whole when it just fits")
  func whole() throws {
    let (state, leftOut) = try leftOut(missing: 0)
    #expect(state == self.state && leftOut.isEmpty)
  }

  @Test("lacks the largest table of clients first")
  func largest() throws {
    let (state, leftOut) = try leftOut(missing: 1)
    var expected = self.state
    expected.listeners[1].sockets[0].clients = []
    #expect(state == expected && leftOut == ["the clients of listener two"])
  }

  @Test("lacks all clients before another table, which is the largest again")
  func order() throws {
    let (state, leftOut) = try leftOut(missing: 3501)
    var expected = self.state
    for (listener, socket) in [(0, 0), (0, 1), (1, 0)] {
      expected.listeners[listener].sockets[socket].clients = []
    }
    expected.listeners[1].sockets[0].impaired = []
    #expect(state == expected)
    #expect(
      leftOut == [
        "the clients of listener two", "the clients of listener one", "the impaired clients of listener two",
      ])
  }

  @Test("lacks the bytes of connections last, and says which connections are lost")
  func connections() throws {
    let tables = 3500 + 3509 + 3506 + 3503 + 100
    let (state, leftOut) = try self.leftOut(missing: tables + 60 + 304)
    let connections = state.listeners[1].connections
    #expect(connections.map(\.lacksBytes) == [false, true, true])
    #expect(connections.map(\.unsent.count) == [100, 0, 0] && connections.map(\.preface.count) == [1, 0, 0])
    #expect(connections.allSatisfy(\.header.isEmpty) && connections.map(\.number) == [1, 2, 3])
    #expect(
      leftOut.suffix(3) == [
        "the rate limits of listener two", "the PROXY headers of 3 connections of listener two",
        "the unsent bytes of 2 connections of listener two",
      ])
    #expect(leftOut.contains("the sessions of listener one"))
    #expect(leftOut.contains("the clients behind proxies of listener two"))
  }

  @Test("never lacks what identifies its sockets and connections")
  func least() throws {
    let (bytes, leftOut) = state.encoded(atMost: 0)
    let least = try RestartState(decoding: bytes)
    #expect(least.listeners.map { $0.sockets.map(\.number) } == [[7, 7], [7]])
    #expect(least.listeners[1].connections.map(\.number) == [1, 2, 3])
    #expect(leftOut.last == "the unsent bytes of 3 connections of listener two")
  }

  @Test("lacks a configuration that is too long")
  func configuration() throws {
    let text = String(repeating: " ", count: RestartState.configurationBytes + 1)
    let (bytes, leftOut) = RestartState(configuration: text, drawnSeed: 0).encoded()
    #expect(try RestartState(decoding: bytes).configuration == "")
    #expect(leftOut == ["the configuration"])
  }
}
