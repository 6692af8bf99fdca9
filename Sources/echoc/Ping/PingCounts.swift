/// What every ping counts, over any protocol.
protocol PingCounts {
  /// Messages that were sent, or that could not be.
  var sent: Int { get }
  /// Messages with a reply.
  var received: Int { get }
  /// Further replies to them.
  var duplicates: Int { get }
  /// Replies that came after the reply to a later message.
  var reordered: Int { get }
  /// Replies that were wrong.
  var wrong: Int { get }
  /// Messages with an error instead of a reply.
  var errors: Int { get }
}

extension PingCounts {
  /// The percentage of messages without a reply.
  var lossPercent: Double { sent == 0 ? 0 : 100 * Double(sent - received) / Double(sent) }

  /// `33.33% loss`.
  var lossText: String {
    "\(lossPercent.text(digits: lossPercent == lossPercent.rounded() ? 0 : 2))% loss"
  }

  /// The line of a summary: `3 sent, 2 received, 1 wrong, 33.33% loss, time 2000 ms`.
  func line(milliseconds: Int64, _ palette: Palette) -> String {
    let rare = [(duplicates, "duplicate"), (reordered, "reordered"), (wrong, "wrong"), (errors, "failed")]
      .filter { $0.0 > 0 }.map { ", \($0.0) \($0.1)" }.joined()
    let loss = lossPercent > 0 ? palette.paint(lossText, .yellow) : lossText
    return "\(sent) sent, \(received) received\(rare), \(loss), time \(milliseconds) ms"
  }
}
