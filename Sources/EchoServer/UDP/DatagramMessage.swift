import Addresses
import EchoCore
import Sockets

/// A datagram of the batch, and who it is from.
struct DatagramMessage {
  /// The datagram's position in the batch.
  let index: Int
  /// Where the message begins in the datagram: after its PROXY header, if it has one.
  let offset: Int
  /// The memory that begins with the message.
  let room: UnsafeMutableRawBufferPointer
  /// The message's length.
  let byteCount: Int
  /// Who sent the datagram, and gets the reply.
  let peer: Endpoint
  /// Who the message is from.
  let client: Endpoint
  /// Which of our addresses the datagram was sent to.
  let destination: PacketInfo?
  /// What its PROXY header says, or that of the flow; `nil` on a listener without proxies.
  let sender: ProxiedClients.Sender?

  /// A datagram that a client has sent to us.
  init(_ datagram: DatagramBatch.Datagram, at index: Int, from source: Endpoint) {
    self.index = index
    offset = 0
    room = datagram.room
    byteCount = datagram.byteCount
    (peer, client) = (source, source)
    destination = datagram.destination
    sender = nil
  }

  /// A datagram that a proxy has sent to us.
  init(
    _ datagram: DatagramBatch.Datagram, at index: Int, from proxy: Endpoint, for sender: ProxiedClients.Sender
  ) {
    self.index = index
    offset = sender.headerBytes
    room = UnsafeMutableRawBufferPointer(rebasing: datagram.room[sender.headerBytes...])
    byteCount = datagram.byteCount - sender.headerBytes
    (peer, client) = (proxy, sender.client)
    destination = datagram.destination
    self.sender = sender
  }

  /// The endpoint that the client addressed: ours on a port, or the one that the proxy names.
  func local(onPort port: UInt16) -> Endpoint? {
    if let local = sender?.local { return local }
    guard let destination else { return nil }
    return Endpoint(address: destination.local, port: port, scope: destination.scope)
  }
}
