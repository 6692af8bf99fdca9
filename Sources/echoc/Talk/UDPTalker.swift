import Sockets
import SystemPackage

/// Talks in datagrams: a line is one, and so is its reply. See udp(7).
final class UDPTalker: Talker {
  /// How many datagrams that came too late or unrequested are discarded before a line is sent.
  private static let leftoverLimit = 64

  private let link: DatagramLink
  private var lateReplies = LateReplyFilter()

  /// Makes a socket that receives from the server alone, on a port of the kernel's choice.
  init(_ peers: [Peer]) throws(LinkError) { link = try DatagramLink(peers) }

  func reply(to line: [UInt8]) throws(LinkError) -> Reply {
    while true {
      do throws(LinkError) {
        return Reply(bytes: try exchange(line))
      } catch {
        switch error {
        case .noReply(_, .failed(.connectionRefused)), .cannotSend:
          guard link.tryNextAddress() else { throw error }
        default: throw error
        }
      }
    }
  }

  private func exchange(_ line: [UInt8]) throws(LinkError) -> [UInt8] {
    discardLeftovers()
    try send(line)
    let deadline = SystemClock.monotonicMilliseconds() + Int64(LinkLimits.timeoutMilliseconds)
    while let datagram = try receive(before: deadline) {
      if lateReplies.isReply(datagram, to: line) { return Array(datagram) }
    }
    lateReplies.remember(unanswered: line)
    throw .noReply(link.peer, .timeout)
  }

  /// Discards datagrams and errors that belong to earlier lines.
  private func discardLeftovers() {
    for _ in 0..<Self.leftoverLimit {
      do throws(Errno) {
        if try link.receive() == nil { return }
      } catch {}
    }
  }

  private func send(_ line: [UInt8]) throws(LinkError) {
    do throws(Errno) {
      while case .wouldBlock = try link.socket.send(line) {
        guard try link.socket.descriptor.wait(for: .writable, milliseconds: LinkLimits.timeoutMilliseconds)
        else {
          throw .timedOut
        }
      }
    } catch {
      throw .cannotSend(link.peer, error)
    }
  }

  /// Waits for one datagram; `nil` when none came in time.
  private func receive(before deadline: Int64) throws(LinkError) -> ArraySlice<UInt8>? {
    do throws(Errno) {
      while true {
        let left = Int32(clamping: deadline - SystemClock.monotonicMilliseconds())
        guard left > 0, try link.socket.descriptor.wait(for: .readable, milliseconds: left) else {
          return nil
        }
        // The kernel may find a wrong checksum only now, and then has no datagram. See select(2), BUGS.
        if let datagram = try link.receive() { return datagram }
      }
    } catch {
      throw .noReply(link.peer, .failed(error))
    }
  }
}
