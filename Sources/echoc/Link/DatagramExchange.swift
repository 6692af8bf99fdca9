import Sockets
import SystemPackage

extension DatagramLink {
  /// How long the last address is waited for.
  private static let probeMilliseconds: Int64 = 1000

  /// The only address of a server, or the first one that answers a probe of so many bytes; if none answers, one that
  /// does not refuse it.
  static func firstToAnswer(of peers: [Peer], bytes: Int) throws(LinkError) -> Peer {
    try firstToAnswer(of: peers, probe: [UInt8](repeating: UInt8(ascii: "A"), count: bytes))
  }

  /// Like ``firstToAnswer(of:bytes:)``, with a given probe.
  static func firstToAnswer(of peers: [Peer], probe: [UInt8]) throws(LinkError) -> Peer {
    if peers.count == 1 { return peers[0] }
    let set = try LinkError.preparing { () throws(Errno) in try ReadinessSet() }
    let link = try DatagramLink(peers, set, token: 0)
    let delay = LinkLimits.attemptDelayMilliseconds
    let timeout = Int64(peers.count - 1) * delay + Self.probeMilliseconds
    do throws(LinkError) {
      _ = try link.exchange(probe, delay: delay, timeout: timeout, set) { _ in true }
    } catch {
      guard case .noReply(let silent, .timeout) = error else { throw error }
      return silent
    }
    return link.peer
  }

  /// Sends a message and waits for its reply. While no address has answered, the message goes to the next one too after
  /// each `delay`, and at once when an address fails. Times are milliseconds.
  func exchange(
    _ message: [UInt8], delay: Int64, timeout: Int64, _ set: borrowing ReadinessSet,
    isReply: (ArraySlice<UInt8>) -> Bool
  ) throws(LinkError) -> ArraySlice<UInt8> {
    let deadline = SystemClock.monotonicMilliseconds() + timeout
    // Who may still answer.
    var silent: [Peer] = []
    begin()
    try transmit(message, &silent)
    var moveTime = SystemClock.monotonicMilliseconds() + delay
    while true {
      switch take() {
      case .datagram(let datagram, let sender):
        if isReply(datagram) { return datagram }
        // A late reply: this address answers, and messages go to no other from now on.
        if !silent.contains(sender) { try transmit(message, &silent) }
      case .failure(let failure):
        // An error of an earlier message says nothing about this one.
        guard message.starts(with: failure.message), silent.contains(failure.peer) else { break }
        silent.removeAll { $0 == failure.peer }
        if moveOn() {
          try transmit(message, &silent)
          moveTime = SystemClock.monotonicMilliseconds() + delay
        } else if silent.isEmpty {
          throw .noReply(failure.peer, .failed(failure.error))
        }
      case nil:
        let wakeTime = canMoveOn ? min(moveTime, deadline) : deadline
        let left = wakeTime - SystemClock.monotonicMilliseconds()
        if left > 0 { _ = set.wait(milliseconds: Int32(clamping: left)) }
      }
      let now = SystemClock.monotonicMilliseconds()
      if now >= deadline { throw .noReply(silent.last ?? peer, .timeout(milliseconds: timeout)) }
      if now >= moveTime, moveOn() {
        try transmit(message, &silent)
        moveTime = now + delay
      }
    }
  }

  /// Sends to the current address, or to the next one whose message the kernel takes. Throws when there is none and no
  /// other address is waited for.
  private func transmit(_ message: [UInt8], _ silent: inout [Peer]) throws(LinkError) {
    var refusal: LinkError
    repeat {
      do throws(Errno) {
        while try !send(message) {
          guard try waitForRoom(milliseconds: LinkLimits.timeoutMilliseconds) else { throw .timedOut }
        }
        silent.append(peer)
        return
      } catch {
        refusal = sendError(error)
      }
    } while moveOn()
    if silent.isEmpty { throw refusal }
  }
}
