import CLinux
import Glibc
public import SystemPackage

/// Receives and sends several datagrams per call on connected sockets: for clients, as ``DatagramBatch`` for servers.
public struct ConnectedDatagramBatch: ~Copyable {
  /// How many datagrams one call receives or sends at most.
  public static let capacity = 64
  /// How long a datagram's head can be.
  public static let headBytes = 8
  /// How long the bytes before each head can be.
  public static let prefixLimit = 64
  /// The vectors of a datagram: prefix, head and body to send, and the payload that is received.
  private static let vectorCount = 4

  private let room: Int
  private let payloads: UnsafeMutableRawPointer
  private let prefix: UnsafeMutableRawPointer
  private var prefixBytes = 0
  private let heads: UnsafeMutablePointer<UInt64>
  private let vectors: UnsafeMutablePointer<iovec>
  private let incoming: UnsafeMutablePointer<clinux_message>
  private let outgoing: UnsafeMutablePointer<clinux_message>

  /// How many datagrams are to be sent.
  public private(set) var count = 0
  private var received = 0

  /// Makes an empty batch that keeps `room` bytes of each received datagram.
  public init(room: Int) {
    self.room = room
    payloads = .allocate(byteCount: Self.capacity * room, alignment: 64)
    prefix = .allocate(byteCount: Self.prefixLimit, alignment: 64)
    heads = .allocate(capacity: Self.capacity)
    vectors = .allocate(capacity: Self.vectorCount * Self.capacity)
    incoming = .allocate(capacity: Self.capacity)
    outgoing = .allocate(capacity: Self.capacity)
    heads.initialize(repeating: 0, count: Self.capacity)
    vectors.initialize(repeating: iovec(), count: Self.vectorCount * Self.capacity)
    incoming.initialize(repeating: clinux_message(), count: Self.capacity)
    outgoing.initialize(repeating: clinux_message(), count: Self.capacity)
    for index in 0..<Self.capacity {
      let first = vectors + Self.vectorCount * index
      let (head, payload) = (first + 1, first + 3)
      head.pointee.iov_base = UnsafeMutableRawPointer(heads + index)
      payload.pointee = iovec(iov_base: payloads + index * room, iov_len: room)
      incoming[index].header.msg_iov = payload
      incoming[index].header.msg_iovlen = 1
      outgoing[index].header.msg_iov = head
      outgoing[index].header.msg_iovlen = 2
    }
  }

  deinit {
    payloads.deallocate()
    prefix.deallocate()
    heads.deallocate()
    vectors.deallocate()
    incoming.deallocate()
    outgoing.deallocate()
  }

  /// Receives the waiting datagrams, at most ``capacity``, and returns their number. A socket with a receive timeout
  /// waits for the first one only. See recvmmsg(2).
  public mutating func receive(from socket: borrowing DatagramSocket) throws(Errno) -> Int {
    received = 0
    let (number, incoming) = (socket.descriptor.number, incoming)
    let result = try SystemCall.nonblocking {
      clinux_recvmmsg(number, incoming, UInt32(Self.capacity), Int32(clinux_wait_for_one))
    }
    if case .done(let count) = result { received = count }
    return received
  }

  /// A received datagram, cut to the batch's `room`.
  public func payload(at index: Int) -> UnsafeRawBufferPointer {
    precondition(index < received)
    return UnsafeRawBufferPointer(
      start: payloads + index * room, count: min(Int(incoming[index].length), room))
  }

  /// Appends the first `bytes` bytes of `head` and a body, whose memory must stay valid until ``send(on:patience:)``.
  public mutating func append(head: UInt64, bytes: Int, body: UnsafeRawBufferPointer) {
    precondition(count < Self.capacity && bytes <= Self.headBytes)
    heads[count] = head
    vectors[Self.vectorCount * count + 1].iov_len = bytes
    vectors[Self.vectorCount * count + 2] = iovec(
      iov_base: UnsafeMutableRawPointer(mutating: body.baseAddress), iov_len: body.count)
    count += 1
  }

  /// Begins each datagram, including those already appended, with these bytes until the next call. The default is none.
  public mutating func setPrefix(_ bytes: [UInt8]) {
    precondition(bytes.count <= Self.prefixLimit)
    bytes.withUnsafeBytes {
      UnsafeMutableRawBufferPointer(start: prefix, count: Self.prefixLimit).copyMemory(from: $0)
    }
    guard bytes.count != prefixBytes else { return }
    prefixBytes = bytes.count
    for index in 0..<Self.capacity {
      let first = vectors + Self.vectorCount * index
      first.pointee = iovec(iov_base: prefix, iov_len: bytes.count)
      outgoing[index].header.msg_iov = bytes.isEmpty ? first + 1 : first
      outgoing[index].header.msg_iovlen = bytes.isEmpty ? 2 : 3
    }
  }

  /// The failures of one ``send(on:patience:)``.
  public struct Failures: Sendable, Equatable {
    /// How many calls failed.
    public var count = 0
    /// The last error; EAGAIN if the send buffer stayed full.
    public var error: Errno?
  }

  /// Sends the appended datagrams. An error may belong to an earlier datagram, so each is tried twice before it is
  /// skipped; what a queue or a filter of this machine drops (ENOBUFS) is not an error. When the send buffer stays full
  /// for `patience` milliseconds, the rest are dropped. See sendmmsg(2).
  public mutating func send(on socket: borrowing DatagramSocket, patience: Int32) -> Failures {
    let (number, outgoing) = (socket.descriptor.number, outgoing)
    var (failures, next, isSecondTry) = (Failures(), 0, false)
    while next < count {
      do throws(Errno) {
        let (first, rest) = (outgoing + next, UInt32(count - next))
        switch try SystemCall.nonblocking({ clinux_sendmmsg(number, first, rest, Int32(MSG_DONTWAIT)) }) {
        case .done(let taken):
          next += taken
          isSecondTry = false
        case .wouldBlock where try socket.descriptor.wait(for: .writable, milliseconds: patience):
          break
        case .wouldBlock:
          failures.count += 1
          failures.error = .resourceTemporarilyUnavailable
          next = count
        }
      } catch .noBufferSpace {
        // Told only if the socket queues errors; the datagram is lost like any other.
        next += 1
        isSecondTry = false
      } catch {
        failures.count += 1
        failures.error = error
        if isSecondTry { next += 1 }
        isSecondTry.toggle()
      }
    }
    count = 0
    return failures
  }
}
