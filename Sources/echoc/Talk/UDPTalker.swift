import Addresses
import Sockets
import SystemPackage

/// Talks in datagrams: a line is one, and so is its reply. See udp(7).
final class UDPTalker: Talker {
  /// The longest datagram over IPv4: 65,535 bytes less the headers of IP and UDP.
  let lineLimit = 65_507

  /// How many datagrams that came unasked are taken from the socket before a line is sent.
  private static let leftoverLimit = 64

  private var channel: Channel
  private var untried: ArraySlice<Endpoint>
  private var hasHeard = false
  private var sorter = ReplySorter()
  private var buffer = [UInt8](repeating: 0, count: 65_536)

  /// Makes a socket that hears only the peer, on a port of the kernel's choice.
  init(_ endpoints: [Endpoint]) throws(TalkError) {
    untried = endpoints[...]
    channel = try Channel.open(toFirstOf: &untried)
  }

  func reply(to line: [UInt8]) throws(TalkError) -> Reply {
    while true {
      do throws(TalkError) {
        let reply = try exchange(line)
        hasHeard = true
        return Reply(bytes: reply)
      } catch {
        // A name such as localhost can have an IPv6 address first where the server has only the IPv4 one.
        guard case .noReply(_, .connectionRefused) = error, !hasHeard, !untried.isEmpty else { throw error }
        channel = try Channel.open(toFirstOf: &untried)
      }
    }
  }

  private func exchange(_ line: [UInt8]) throws(TalkError) -> [UInt8] {
    dropLeftovers()
    try send(line)
    let deadline = Host.monotonicMilliseconds() + Patience.milliseconds
    while let datagram = try receive(before: deadline) {
      if sorter.isReply(datagram, to: line) { return Array(datagram) }
    }
    sorter.remember(unanswered: line)
    throw .silence(channel.remote)
  }

  /// What came before a line was sent is not its reply, nor is the error its own.
  private func dropLeftovers() {
    for _ in 0..<Self.leftoverLimit {
      if case .wouldBlock? = try? channel.socket.receive(into: &buffer) { return }
    }
  }

  private func send(_ line: [UInt8]) throws(TalkError) {
    do throws(Errno) {
      while case .wouldBlock = try channel.socket.send(line) {
        guard try channel.socket.wait(for: .writable, milliseconds: Int32(Patience.milliseconds)) else {
          throw .timedOut
        }
      }
    } catch {
      throw .cannotSend(channel.remote, error)
    }
  }

  /// Waits for one datagram; `nil` when none came in time.
  private func receive(before deadline: Int64) throws(TalkError) -> ArraySlice<UInt8>? {
    do throws(Errno) {
      while true {
        let left = Int32(clamping: deadline - Host.monotonicMilliseconds())
        guard left > 0, try channel.socket.wait(for: .readable, milliseconds: left) else { return nil }
        // The kernel can find a datagram's checksum wrong only now, and has then nothing to give. See select(2), BUGS.
        if case .done(let count) = try channel.socket.receive(into: &buffer) { return buffer[..<count] }
      }
    } catch {
      throw .noReply(channel.remote, error)
    }
  }

  /// A socket and its one peer.
  private final class Channel {
    let socket: DatagramSocket
    let remote: Remote

    private init(to endpoint: Endpoint) throws(Errno) {
      socket = try DatagramSocket(connectedTo: endpoint)
      remote = Remote(transport: .udp, endpoint: endpoint)
    }

    /// Takes the first endpoint to which the system knows a way, and leaves those after it.
    static func open(toFirstOf endpoints: inout ArraySlice<Endpoint>) throws(TalkError) -> Channel {
      var refusals: [Refusal] = []
      while let endpoint = endpoints.popFirst() {
        do throws(Errno) {
          return try Channel(to: endpoint)
        } catch {
          refusals.append(
            Refusal(remote: Remote(transport: .udp, endpoint: endpoint), error: error))
        }
      }
      throw .cannotConnect(refusals)
    }
  }
}
