import Sockets

extension Connection {
  /// What the connection waits for.
  enum Phase: Equatable {
    /// The peer's first bytes, which say who the client is.
    case preface(until: Int64)
    /// The peer's bytes.
    case receiving
    /// The time of its reply or of the reply's next part, or another event on its queue; nothing is received until then.
    case held
    /// Space in the send buffer for the unsent bytes; nothing is received until then.
    case sending
    /// The peer's shutdown, after ours. A close would reset the connection if the peer has sent more, and the reset
    /// could overtake the last reply.
    case lingering(until: Int64, bytesLeft: Int)
    /// The peer's acknowledgement of everything that was sent, after which the connection is reset.
    case resetting(until: Int64)
  }

  /// What happened on a ready connection.
  enum Event {
    /// Bytes were received into the buffer.
    case received(Int)
    /// There is nothing to receive.
    case idle
    /// Unsent bytes were sent.
    case sent(Progress)
    /// The peer has finished, or sends nothing that matters any more: close the connection.
    case ended
  }

  /// The result of a send.
  struct Progress {
    var bytes: Int
    /// Whether nothing is left to send.
    var isWhole: Bool
  }

  var isInPreface: Bool {
    if case .preface = phase { true } else { false }
  }

  var isLingering: Bool {
    if case .lingering = phase { true } else { false }
  }

  /// Whether its last reply was sent.
  var hasLastReply: Bool {
    switch phase {
    case .lingering, .resetting: true
    case .preface, .receiving, .held, .sending: false
    }
  }

  /// Whether a restart waits for it: its reply is delayed, or ends the connection.
  var hasToSettle: Bool {
    if phase == .held { return shaping?.isDelayed(at: SystemClock.monotonicNanoseconds()) == true }
    return !canGoOn
  }

  /// Whether the next process can go on with it: no reply waits for its time, and none ends the connection.
  var canGoOn: Bool {
    switch phase {
    case .held, .resetting: false
    case .sending: shaping?.ending == nil
    case .preface, .receiving, .lingering: true
    }
  }

  /// When the phase ends at the latest; `nil` also for a reset, which its queue looks after.
  var deadline: Int64? {
    switch phase {
    case .preface(let deadline), .lingering(let deadline, _): deadline
    case .receiving, .held, .sending, .resetting: nil
    }
  }
}
