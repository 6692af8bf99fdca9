import Addresses
import ArgumentParser
import Sockets
import SystemPackage

/// Pings over one connection, one message at a time, and over another one when the server has closed it. See tcp(7).
final class TCPPinger: Pinger {
  private enum Phase {
    /// No message is on its way.
    case idle
    /// A message waits for its connection; these endpoints are left to try, and those were tried in vain.
    case connecting(untried: ArraySlice<Endpoint>, refusals: [Refusal])
    /// A message is on its way; so much of it waits for room, and that came back.
    case exchanging(unsent: ArraySlice<UInt8>, reply: [UInt8])
  }

  private(set) var remote: Remote
  private let book: PingBook
  private let watch: PingWatch
  private let endpoints: [Endpoint]
  private var link: Link?
  private var phase = Phase.idle
  private var last = 0
  private var begunAt: Int64 = 0
  private var buffer = [UInt8](repeating: 0, count: 64 * 1024)

  /// Connects when the first message is sent.
  init(_ endpoints: [Endpoint], _ book: PingBook, _ watch: PingWatch) {
    self.endpoints = endpoints
    self.book = book
    self.watch = watch
    remote = Remote(transport: .tcp, endpoint: endpoints[0])
  }

  var isFree: Bool { if case .idle = phase { true } else { false } }
  var isDone: Bool { isFree }

  func send() throws(ExitCode) {
    last = book.begin()
    begunAt = Host.monotonicNanoseconds()
    // What came before the message is not its reply.
    try takeUnasked()
    if link == nil {
      connect(endpoints[...], [])
    } else {
      try exchange()
    }
  }

  func serve() throws(ExitCode) {
    switch phase {
    case .idle: try takeUnasked()
    case .connecting(let untried, var refusals):
      do throws(Errno) {
        try link?.socket.finishConnecting()
      } catch {
        refusals.append(Refusal(remote: remote, error: error))
        return connect(untried, refusals)
      }
      try exchange()
    case .exchanging: try goOn()
    }
  }

  func giveUp(begunBefore time: Int64) {
    guard !isFree, begunAt < time else { return }
    fail("no reply from \(remote) in time")
  }

  /// Begins to connect to the first of these endpoints that does not refuse at once.
  private func connect(_ endpoints: ArraySlice<Endpoint>, _ refusals: [Refusal]) {
    var (untried, refusals) = (endpoints, refusals)
    link = nil
    while let endpoint = untried.popFirst() {
      remote = Remote(transport: .tcp, endpoint: endpoint)
      do throws(Errno) {
        let link = try Link(to: endpoint)
        try watch.set.add(link.socket.descriptor, for: .writable, token: Self.token)
        self.link = link
        phase = .connecting(untried: untried, refusals: refusals)
        return
      } catch {
        refusals.append(Refusal(remote: remote, error: error))
      }
    }
    fail(refusals.sentence)
  }

  /// Sends the message; its time begins now.
  private func exchange() throws(ExitCode) {
    phase = .exchanging(unsent: book.restart(last)[...], reply: [])
    try goOn()
  }

  /// Sends and receives as far as it goes.
  private func goOn() throws(ExitCode) {
    guard let link, case .exchanging(var unsent, var reply) = phase else { return }
    do throws(Errno) {
      if !unsent.isEmpty, case .done(let count) = try link.socket.send(unsent) {
        unsent = unsent.dropFirst(count)
      }
      while reply.count < book.messages.bytes {
        switch try link.socket.receive(into: &buffer, atMost: book.messages.bytes - reply.count) {
        case .bytes(let count): reply += buffer[..<count]
        case .end: return end(reply, "it closed the connection")
        case .wouldBlock:
          phase = .exchanging(unsent: unsent, reply: reply)
          let interest: ReadinessSet.Interest = unsent.isEmpty ? .readable : [.readable, .writable]
          return try watch.set.modify(link.socket.descriptor, for: interest, token: Self.token)
        }
      }
    } catch {
      return end(reply, "\(error)")
    }
    link.isUsed = true
    phase = .idle
    // A server that closes after its reply may have done so.
    try? watch.set.modify(link.socket.descriptor, for: .readable, token: Self.token)
    try book.take(reply[...], to: last, from: remote)
  }

  /// The connection ended before the reply did.
  private func end(_ reply: [UInt8], _ reason: String) {
    // A server can close after its reply so late that the next message was sent to the closed connection.
    if let link, link.isUsed, reply.isEmpty { return connect(endpoints[...], []) }
    fail(
      reply.isEmpty
        ? "no reply from \(remote): \(reason)"
        : "the reply from \(remote) ended after \(reply.count) of \(book.messages.bytes) bytes: \(reason)")
  }

  private func fail(_ reason: String) {
    link = nil
    phase = .idle
    book.fail(last, reason)
  }

  /// Between two messages the server may close the connection, and nothing else.
  private func takeUnasked() throws(ExitCode) {
    guard let link else { return }
    switch Result(catching: { () throws(Errno) in try link.socket.receive(into: &buffer) }) {
    case .success(.wouldBlock): return
    case .success(.bytes): try book.takeExcess(from: remote)
    case .success(.end), .failure: break
    }
    self.link = nil
  }

  /// A connection, and whether a message was exchanged over it.
  private final class Link {
    let socket: StreamSocket
    var isUsed = false

    init(to endpoint: Endpoint) throws(Errno) { socket = try StreamSocket(connectingTo: endpoint) }
  }
}
