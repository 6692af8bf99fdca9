/// Which way messages were lost.
struct StampLoss: Hashable {
  /// Messages that never arrived, as the reflector's count of its replies shows.
  var there = 0
  /// Messages whose replies never arrived, though the reflector counted them.
  var back = 0
  /// Messages whose direction of loss is unknown: the last ones, those in flight, and those around a restart of the
  /// reflector's count.
  var unknown = 0
}

/// Tells lost messages from lost replies by the reflector's own numbers. See RFC 8762, section 4.3.1.
///
/// A stateful reflector numbers its replies from 0. It numbered each message up to the last answered one, or never saw
/// it. Of the numbers up to the highest, those that never came are lost replies. The reflector may begin again at 0
/// during the session, because it was restarted or the session was idle for too long: an *era* ends, and another
/// begins.
struct StampLossCounter {
  /// What came between two restarts of the reflector's count.
  private struct Era: Hashable {
    /// The first message that may be of this era, from 1.
    var first: Int
    /// The newest message that was answered.
    var newest: Int
    /// The highest number of a reply, in full, and when its request arrived.
    var highest: Int64
    var highestArrival: Int64
    /// Messages that were answered.
    var answered = 0
    /// Further replies with numbers of their own: their messages arrived twice.
    var repeated = 0

    /// Messages that never arrived; negative if more arrived twice than is known.
    var there: Int { newest - first + 1 + repeated - Int(highest + 1) }
    /// Numbers that never came.
    var back: Int { Int(highest + 1) - answered - repeated }

    mutating func count(_ isRepeated: Bool) {
      if isRepeated { repeated += 1 } else { answered += 1 }
    }

    func add(to loss: inout StampLoss) {
      loss.there += there
      loss.back += back
    }
  }

  /// A clock that seems to jump by more than this was set, or is that of a machine that has started again without
  /// knowing the time. On the way, nothing is overtaken by so much.
  private static let leastClockStep: Int64 = 10_000_000_000

  /// The order of an answer relative to the one before.
  struct Order: Hashable {
    /// Whether its message was overtaken on the way there.
    var isLateThere = false
    /// Whether it was overtaken on the way back.
    var isLateBack = false
  }

  /// Whether a number differed from its message's: a reflector that keeps no sessions never does that.
  private(set) var hasOwnNumbers = false
  /// How often the reflector's count restarted.
  private(set) var restarts = 0
  private var current: Era?
  /// The era before the current one, in which late replies can still come.
  private var previous: Era?
  /// Those before that.
  private var past = StampLoss()

  /// Takes an answer.
  ///
  /// - Parameters:
  ///   - message: the message that it answers, from 1.
  ///   - number: the reflector's number of it.
  ///   - arrival: when the message arrived there (T2).
  ///   - isRepeated: whether the message has had an answer with another number before.
  mutating func take(_ message: Int, number: UInt32, arrival: Int64, isRepeated: Bool = false) -> Order {
    if number != UInt32(truncatingIfNeeded: message - 1) { hasOwnNumbers = true }
    guard var era = current else {
      begin(message, first: 1, Int64(number), arrival, isRepeated)
      return Order()
    }
    // The full number is the one nearest to the highest.
    let distance = Int64(Int32(bitPattern: number &- UInt32(truncatingIfNeeded: era.highest)))
    let lead = arrival &- era.highestArrival
    if distance <= 0, message > era.newest, lead > 0 || lead < -Self.leastClockStep {
      // A lower number for a later message.
      restart(message, number, arrival, isRepeated)
      return Order()
    }
    if distance > 0, message < era.newest, lead < 0 || lead > Self.leastClockStep, var before = previous {
      // A late reply from before the restart.
      before.count(isRepeated)
      before.newest = max(before.newest, message)
      before.highest += max(0, Int64(Int32(bitPattern: number &- UInt32(truncatingIfNeeded: before.highest))))
      previous = before
      return Order(isLateThere: false, isLateBack: true)
    }
    let order = Order(
      isLateThere: distance > 0 && message < era.newest && !isRepeated, isLateBack: distance < 0)
    era.count(isRepeated)
    era.newest = max(era.newest, message)
    if distance > 0 { (era.highest, era.highestArrival) = (era.highest + distance, arrival) }
    current = era
    return order
  }

  /// Which way the messages without an answer were lost; `nil` if the reflector's numbers are higher than possible, so
  /// that they count something other than the messages of this session.
  func loss(sent: Int, answered: Int) -> StampLoss? {
    let lost = sent - answered
    var loss = past
    var numbered = 0
    for era in [previous, current].compactMap(\.self) {
      era.add(to: &loss)
      numbered += Int(era.highest + 1) - era.repeated
    }
    guard numbered <= sent else { return nil }
    loss.there = min(max(0, loss.there), lost)
    loss.back = min(max(0, loss.back), lost - loss.there)
    loss.unknown = lost - loss.there - loss.back
    return loss
  }

  private mutating func begin(
    _ message: Int, first: Int, _ number: Int64, _ arrival: Int64, _ isRepeated: Bool
  ) {
    var era = Era(first: first, newest: message, highest: number, highestArrival: arrival)
    era.count(isRepeated)
    current = era
  }

  private mutating func restart(_ message: Int, _ number: UInt32, _ arrival: Int64, _ isRepeated: Bool) {
    restarts += 1
    previous?.add(to: &past)
    previous = current
    // What was lost before the first answer of the new era was lost on the way back if the reflector numbered it.
    // Otherwise the direction is unknown.
    let unanswered = max(0, message - (current?.newest ?? 0) - 1)
    begin(message, first: message - min(Int(number), unanswered), Int64(number), arrival, isRepeated)
  }
}
