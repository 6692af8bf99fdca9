import Sockets
import SystemPackage

/// What a ping waits for: its socket, the time, Ctrl-C.
final class PingWatch {
  private static let interruptToken: UInt64 = 0

  let set: ReadinessSet
  private(set) var isInterrupted = false
  private let interrupt: Interrupt

  /// Takes Ctrl-C over.
  init() throws(Errno) {
    let set = try ReadinessSet()
    let interrupt = try Interrupt()
    try set.add(interrupt.descriptor, for: .readable, token: Self.interruptToken)
    self.set = set
    self.interrupt = interrupt
  }

  /// Waits until the time, by the monotonic clock; `true` when the socket is ready.
  func wait(until time: Int64) -> Bool {
    let count = set.wait(nanoseconds: time - Host.monotonicNanoseconds())
    if interrupt.take() { isInterrupted = true }
    return (0..<count).contains { set.token(at: $0) != Self.interruptToken }
  }
}

/// Why a ping ended before it began.
enum PingError: Error {
  /// The host has no address.
  case cannotResolve(ResolutionError)
  /// None of its addresses can be talked to.
  case cannotConnect([Refusal])
  /// The system refused something else.
  case system(Errno)
}

extension PingError: CustomStringConvertible {
  /// A sentence that names the operation and the address.
  var description: String {
    switch self {
    case .cannotResolve(let error): "\(error)"
    case .cannotConnect(let refusals): refusals.sentence
    case .system(let error): "cannot begin: \(error)"
    }
  }
}
