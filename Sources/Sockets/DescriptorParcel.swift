import CLinux
public import SystemPackage
import Synchronization

/// Descriptors on their way to a later process: they wait in the queues of Unix socket pairs, of which only the receiving
/// ends have to be kept open, in this or another process. ``ParcelReader`` unpacks one. Safe to use from any thread.
///
/// A pair takes about 280 messages with the kernel's usual net.core.wmem_default, so 70,000 descriptors if the lists are
/// full. See unix(7), SCM_RIGHTS.
public final class DescriptorParcel: Sendable {
  /// How many socket pairs there can be. All receiving ends fit into one message.
  public static let socketLimit = 64

  /// Both ends of a connected pair. See socketpair(2).
  private final class Pair: Sendable {
    let sender: Descriptor
    private let receiver: Mutex<Descriptor?>

    init() throws(Errno) {
      var numbers: [Int32] = [-1, -1]
      _ = try SystemCall.retrying { clinux_socketpair(&numbers) }
      sender = Descriptor(owning: numbers[0])
      receiver = Mutex(Descriptor(owning: numbers[1]))
    }

    /// Adds the receiving end to a list, unless it is closed.
    func appendReceiver(to list: inout DescriptorList) {
      receiver.withLock { receiver in
        guard let open = receiver.take() else { return }
        list.append(open)
        receiver = consume open
      }
    }

    func takeReceiver() -> Descriptor? { receiver.withLock { $0.take() } }

    /// Whether any process has the receiving end. Without one, the pair is hung up.
    var isConnected: Bool { (try? sender.wait(for: [], milliseconds: 0)) == false }
  }

  private struct State {
    /// Only the last one has room.
    var pairs: [Pair]
    var count = 0
  }

  private let state: Mutex<State>
  private let limit: Int

  /// Makes an empty parcel, with one socket pair. EMFILE if the process has no free descriptors.
  public convenience init() throws(Errno) { try self.init(limit: Self.socketLimit) }

  init(limit: Int) throws(Errno) {
    state = Mutex(State(pairs: [try Pair()]))
    self.limit = limit
  }

  /// Adds all descriptors of a list or, if it throws, none. They can be closed afterwards; an empty list is ignored.
  ///
  /// Throws ENOBUFS if ``socketLimit`` pairs are full; EMFILE if the next pair is needed and no descriptor is free; ENOMEM
  /// if the kernel has no memory; and ETOOMANYREFS if more descriptors of this user are on their way than the process
  /// may have open. See getrlimit(2), RLIMIT_NOFILE.
  public func send(_ list: DescriptorList) throws(Errno) {
    guard !list.isEmpty else { return }
    try state.withLock { (state) throws(Errno) in
      while true {
        if case .done = try state.pairs[state.pairs.count - 1].sender.send([Self.byte], passing: list) {
          break
        }
        guard state.pairs.count < limit else { throw .noBufferSpace }
        state.pairs.append(try Pair())
      }
      state.count += list.count
    }
  }

  /// The receiving ends, which are open until ``isKeptElsewhere()`` or ``empty()``, or the end of the parcel.
  public var receivers: DescriptorList {
    state.withLock { state in
      state.pairs.reduce(into: DescriptorList()) { $1.appendReceiver(to: &$0) }
    }
  }

  /// Closes our receiving ends, and returns whether each of them is still open in another process. If one is not, the
  /// descriptors that waited there have been closed. Nothing more can be sent.
  public func isKeptElsewhere() -> Bool {
    state.withLock { state in
      for pair in state.pairs { _ = pair.takeReceiver() }
      return state.pairs.allSatisfy(\.isConnected)
    }
  }

  /// Takes everything out again and closes it, so that nobody finds anything in the receiving ends, and closes ours. Needs
  /// no free descriptor. Nothing more can be sent.
  public func empty() {
    state.withLock { state in
      for pair in state.pairs {
        guard let receiver = pair.takeReceiver() else { continue }
        var reader = ParcelReader(receiver)
        while true {
          do throws(Errno) {
            guard try reader.receive({ _ in }) else { break }
          } catch {
            // Without room for its descriptors, the message is gone all the same.
            guard error == .tooManyOpenFiles else { break }
          }
        }
      }
    }
  }

  /// How many descriptors were sent.
  public var count: Int { state.withLock { $0.count } }

  /// Descriptors need a message, and a message of no bytes would look like the end.
  private static let byte: UInt8 = 0
}
