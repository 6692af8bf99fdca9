import Sockets
import SystemPackage

/// Talks in datagrams: a line is one, and so is its reply. See udp(7).
final class UDPTalker: Talker {
  /// How many datagrams that came too late or unrequested are discarded before a line is sent.
  private static let leftoverLimit = 64
  /// How long one of several addresses may be silent before a line is sent to the next one too. Longer than
  /// ``LinkLimits/attemptDelayMilliseconds``: a slow server should not get the line twice.
  private static let delayMilliseconds: Int64 = 1000

  private let set: ReadinessSet
  private let link: DatagramLink
  private var lateReplies = LateReplyFilter()

  /// Makes sockets that receive from the server alone, on ports of the kernel's choice.
  init(_ peers: [Peer]) throws(LinkError) {
    let set = try LinkError.preparing { () throws(Errno) in try ReadinessSet() }
    link = try DatagramLink(peers, set, token: 0)
    self.set = set
  }

  func reply(to line: [UInt8]) throws(LinkError) -> Reply {
    discardLeftovers()
    do throws(LinkError) {
      let reply = try link.exchange(
        line, delay: Self.delayMilliseconds, timeout: Int64(LinkLimits.timeoutMilliseconds), set
      ) { lateReplies.isReply($0, to: line) }
      let bytes = Array(reply)
      // Another address may reply to the same line later.
      link.closeOthers()
      return Reply(bytes: bytes)
    } catch {
      if case .noReply(_, .timeout) = error { lateReplies.remember(unanswered: line) }
      throw error
    }
  }

  /// Discards datagrams and errors that belong to earlier lines.
  private func discardLeftovers() {
    for _ in 0..<Self.leftoverLimit {
      if case nil = link.take() { return }
    }
  }
}
