import Addresses
import ArgumentParser
import Sockets
import SystemPackage

/// Pings in datagrams. See udp(7).
final class UDPPinger: Pinger {
  /// How many datagrams are taken before it is looked whether it is time to send.
  private static let receivesPerTurn = 64

  private let book: PingBook
  private let watch: PingWatch
  private var channel: Channel
  private var untried: ArraySlice<Endpoint>
  private var last = 0
  private var buffer = [UInt8](repeating: 0, count: 65_536)

  /// Makes a socket that hears only the server.
  init(_ endpoints: [Endpoint], _ book: PingBook, _ watch: PingWatch) throws(PingError) {
    self.book = book
    self.watch = watch
    untried = endpoints[...]
    channel = try Channel.open(toFirstOf: &untried, watch)
  }

  var remote: Remote { channel.remote }
  let isFree = true
  var isDone: Bool { book.isSettled }

  func send() throws(ExitCode) {
    last = book.begin()
    transmit()
  }

  func serve() throws(ExitCode) {
    for _ in 0..<Self.receivesPerTurn {
      switch Result(catching: { () throws(Errno) in try channel.socket.receive(into: &buffer) }) {
      case .success(.done(let count)): try book.take(buffer[..<count], from: remote)
      case .success(.wouldBlock): return
      case .failure(let error): note(error)
      }
    }
  }

  /// What is late is told when it comes.
  func giveUp(begunBefore time: Int64) {}

  private func transmit() {
    let message = book.restart(last)
    do throws(Errno) {
      _ = try channel.socket.send(message)
    } catch {
      note(error)
      // An error can be an earlier message's: this one has another try.
      _ = try? channel.socket.send(message)
    }
  }

  /// A name such as localhost can have an IPv6 address first where the server has only the IPv4 one.
  private func note(_ error: Errno) {
    if book.ledger.received == 0, let next = try? Channel.open(toFirstOf: &untried, watch) {
      channel = next
      transmit()
    } else {
      book.fail(last, "no reply from \(remote): \(error)")
    }
  }

  /// A socket and its one peer.
  private final class Channel {
    let socket: DatagramSocket
    let remote: Remote

    private init(to endpoint: Endpoint, _ watch: PingWatch) throws(Errno) {
      socket = try DatagramSocket(connectedTo: endpoint)
      remote = Remote(transport: .udp, endpoint: endpoint)
      try watch.set.add(socket.descriptor, for: .readable, token: UDPPinger.token)
    }

    /// Takes the first endpoint to which the system knows a way, and leaves those after it.
    static func open(
      toFirstOf endpoints: inout ArraySlice<Endpoint>, _ watch: PingWatch
    ) throws(PingError) -> Channel {
      var refusals: [Refusal] = []
      while let endpoint = endpoints.popFirst() {
        do throws(Errno) {
          return try Channel(to: endpoint, watch)
        } catch {
          refusals.append(Refusal(remote: Remote(transport: .udp, endpoint: endpoint), error: error))
        }
      }
      throw .cannotConnect(refusals)
    }
  }
}
