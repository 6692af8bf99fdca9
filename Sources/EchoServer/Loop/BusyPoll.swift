/// Decides whether a queue that has just served looks for the next message before it sleeps, and for how long.
///
/// A look lasts at most the limit. After a look that found nothing, the queue rests: for ``restFactor`` times as long as
/// the look took, it sleeps without looking. So looks that find nothing take less than 1 % of a processor, however slow
/// the clients are. The first one after ``forgivingFinds`` finds in a row needs no rest: a fast client pauses too.
struct BusyPoll {
  /// How long the queue rests, as a multiple of the look that found nothing.
  static let restFactor: Int64 = 200
  /// After how many finds in a row a look that finds nothing needs no rest.
  static let forgivingFinds = 32

  enum Outcome {
    /// There is something to serve.
    case find
    case nothing
  }

  let limitNanoseconds: Int64
  private(set) var finds = 0
  private var endOfRest = Int64.min

  /// - Parameter limitMicroseconds: the longest time that a look can take; 0 for no looks.
  init(limitMicroseconds: Int) {
    limitNanoseconds = Int64(limitMicroseconds) * 1000
  }

  /// When a look that begins now ends at the latest, in nanoseconds; `nil` if the queue sleeps at once.
  func endOfLook(at now: Int64) -> Int64? {
    limitNanoseconds > 0 && now >= endOfRest ? now + limitNanoseconds : nil
  }

  /// Notes how a look ended.
  mutating func note(_ outcome: Outcome, from start: Int64, to end: Int64) {
    switch outcome {
    case .find: finds += 1
    case .nothing:
      // If a look takes longer, other threads had its processor meanwhile.
      let length = min(end - start, limitNanoseconds)
      if finds < Self.forgivingFinds { endOfRest = end + length * Self.restFactor }
      finds = 0
    }
  }
}
