import ArgumentParser
import Sockets

/// The measurement of a path: one size after another, each tried several times.
struct MTUMeasurement {
  /// What was observed of a size.
  struct Trial: Hashable {
    var bytes: Int
    /// How many datagrams of this size were sent, or refused by the kernel.
    var tries: Int
    var outcome: MTUProber.Outcome
  }

  /// How many sizes are tried at most. A search needs far fewer, unless the path keeps changing.
  static let trialLimit = 200

  /// How often a size is tried, and how long to wait each time.
  var tries: Int
  var waitNanoseconds: Int64
  private(set) var search: MTUSearch
  /// In the order in which they were made.
  private(set) var trials: [Trial] = []

  /// A measurement that has not begun.
  init(_ prober: MTUProber, tries: Int, waitNanoseconds: Int64) {
    (self.tries, self.waitNanoseconds) = (tries, waitNanoseconds)
    search = MTUSearch(
      from: MessageNumber.bytes, isIPv4: prober.peer.endpoint.address.isIPv4,
      knownPathMTU: prober.knownPathMTU)
  }

  /// Searches, and shows each trial when it ends. Returns why there is no result; `nil` if there is one.
  mutating func run(
    _ prober: MTUProber, show: (Trial) throws(ExitCode) -> Void
  ) throws(ExitCode) -> ExitReason? {
    while let size = search.next {
      guard trials.count < Self.trialLimit else {
        return ExitReason("the path keeps changing: no result after \(Self.trialLimit) sizes", .failure)
      }
      if let reason = try run(size, prober, show) { return reason }
    }
    // The server may have stopped answering meanwhile. Then nothing is known about the larger sizes.
    guard let largest = search.largest, case .silence = search.obstacle else { return nil }
    return try run(largest, prober, show)
  }

  private mutating func run(
    _ size: Int, _ prober: MTUProber, _ show: (Trial) throws(ExitCode) -> Void
  ) throws(ExitCode) -> ExitReason? {
    let trial: Trial
    do throws(LinkError) {
      trial = try self.trial(size, prober)
    } catch {
      return ExitReason("\(error)", .failure)
    }
    if trial.outcome == .interrupted { return ExitReason("interrupted", .failure) }
    trials.append(trial)
    try show(trial)
    return note(trial, of: prober.peer)
  }

  private mutating func trial(_ size: Int, _ prober: MTUProber) throws(LinkError) -> Trial {
    var trial = Trial(bytes: size, tries: 0, outcome: .tooLarge(.silence))
    while trial.tries < tries {
      trial.tries += 1
      trial.outcome = try prober.probe(size, &search, waitNanoseconds: waitNanoseconds)
      switch trial.outcome {
      case .tooLarge(.silence): continue
      // A router's report about one datagram need not be true of the next, unless no datagram came back yet.
      case .failed where search.largest != nil: continue
      case .reply, .tooLarge, .failed, .wrong, .interrupted: return trial
      }
    }
    return trial
  }

  /// Takes a trial into account; returns a reason to end.
  private mutating func note(_ trial: Trial, of peer: Peer) -> ExitReason? {
    // A size that has to come back: the smallest one, or one that did before.
    let mustReturn = trial.bytes <= search.largest ?? search.sizes.lowerBound
    switch trial.outcome {
    case .reply: search.noteReply(trial.bytes)
    case .wrong(let fault): return ExitReason("wrong reply from \(peer): \(fault)", ExitStatus.otherFailure)
    case .failed(let error) where mustReturn:
      return ExitReason("\(LinkError.noReply(peer, .failed(error)))", .failure)
    case .tooLarge where mustReturn:
      let times = trials.count > 1 ? " any more" : ""
      return ExitReason("no reply from \(peer)\(times), \(trial.triesText) of \(trial.bytes) bytes", .failure)
    case .failed: search.noteTooLarge(trial.bytes, .silence)
    case .tooLarge(let obstacle): search.noteTooLarge(trial.bytes, obstacle)
    case .interrupted: break
    }
    return nil
  }
}

extension MTUMeasurement.Trial {
  /// `1 try`, `3 tries`.
  var triesText: String { tries == 1 ? "1 try" : "\(tries) tries" }
}
