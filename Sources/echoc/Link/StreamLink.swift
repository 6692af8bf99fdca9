import Sockets
import SystemPackage

/// A TCP connection to a server, from its first packet on. It never blocks, except where it says so. See tcp(7).
struct StreamLink: ~Copyable {
  /// The socket, to receive from and to wait for. Sending is ``send(_:)``.
  let socket: StreamSocket
  let peer: Peer
  private var isConnected = false

  private let isQueueingErrors: Bool

  /// Starts to connect. Without `queueingErrors`, which costs a call, an error does not tell who reported it.
  init(connectingTo peer: Peer, queueingErrors: Bool) throws(Errno) {
    socket = try StreamSocket(
      connectingTo: peer.endpoint, peer.packets, queueingErrors: queueingErrors)
    isQueueingErrors = queueingErrors
    self.peer = peer
  }

  /// Waits for ``LinkLimits/timeoutSeconds`` until the connection is there.
  mutating func waitUntilConnected() throws(ConnectFailure) {
    let milliseconds = LinkLimits.timeoutMilliseconds
    let isOver = try ConnectFailure.catching(peer) { () throws(Errno) in
      try socket.descriptor.wait(for: .writable, milliseconds: milliseconds)
    }
    guard isOver else {
      throw ConnectFailure(peer: peer, cause: .timeout(milliseconds: Int64(milliseconds)))
    }
    try finishConnecting()
  }

  /// Ends the attempt to connect when the socket is writable: throws why there is no connection.
  mutating func finishConnecting() throws(ConnectFailure) {
    do throws(Errno) {
      try socket.finishConnecting()
      if isQueueingErrors { try socket.stopQueueingErrors() }
    } catch {
      let reported = isQueueingErrors ? socket.takeQueuedError()?.reported : nil
      throw ConnectFailure(peer: peer, cause: .failed(reported ?? ReportedError(error)))
    }
    isConnected = true
  }

  /// Sends what there is room for, and returns how many bytes that is: 0 also before the connection is there.
  mutating func send(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int {
    guard case .done(let count) = try socket.send(bytes) else { return 0 }
    if !isConnected {
      if try socket.isConnected(toItselfAs: peer.endpoint) { throw .connectionRefused }
      isConnected = true
    }
    return count
  }

  /// The PROXY header that the connection begins with; empty if there is none. The attempt to connect must have begun.
  func headerBytes() throws(Errno) -> [UInt8] { try peer.headerBytes(on: socket.descriptor) }

  /// Sends the PROXY header that a new connection begins with, if there is one.
  mutating func sendHeader() throws(Errno) {
    var header = try headerBytes()[...]
    while !header.isEmpty {
      header = header.dropFirst(try send(header))
      guard !header.isEmpty else { return }
      // A new connection has room for it, unless memory is short.
      let hasRoom = try socket.descriptor.wait(for: .writable, milliseconds: LinkLimits.timeoutMilliseconds)
      guard hasRoom else { throw .timedOut }
    }
  }

  /// As ``send(_:)-(UnsafeRawBufferPointer)``.
  mutating func send(_ bytes: ArraySlice<UInt8>) throws(Errno) -> Int {
    try bytes.withUnsafeBufferPointer { bytes throws(Errno) in try send(UnsafeRawBufferPointer(bytes)) }
  }

  /// Adds the socket to a set.
  func add(
    to set: borrowing ReadinessSet, for interest: ReadinessSet.Interest, token: UInt64
  ) throws(Errno) {
    try set.add(socket.descriptor, for: interest, token: token)
  }
}
