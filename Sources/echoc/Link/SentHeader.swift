import Addresses
import EchoCore
import Sockets
import SystemPackage

/// The PROXY header that each connection, or each datagram, begins with, as if a proxy in front of the server sent it.
struct SentHeader: Hashable {
  /// 1 or 2.
  var version: Int
  /// Who the client is said to be; `nil` for the socket's own endpoint.
  var source: Endpoint?
  /// The endpoint that it is said to have addressed; `nil` for the server's.
  var destination: Endpoint?

  /// The longest header before a datagram.
  static let datagramLimit = ProxyHeader.writtenDatagramLimit

  /// The family that the server must be reached over; `nil` for either. An endpoint that the header takes from the
  /// socket must be of the same family as the other one.
  var family: AddressFamily? {
    switch (source, destination) {
    case (let given?, nil), (nil, let given?): AddressFamily(of: given.address)
    default: nil
    }
  }

  /// The header for a socket with an endpoint that is connected to a peer. Throws EAFNOSUPPORT if only one of the two
  /// ends would be IPv4.
  func bytes(from local: Endpoint, to peer: Peer) throws(Errno) -> [UInt8] {
    let bytes = ProxyHeader.bytes(
      version: version, from: source ?? local, to: destination ?? peer.endpoint, over: peer.transport)
    guard let bytes else { throw .addressFamilyNotSupported }
    return bytes
  }
}

extension Peer {
  /// The header to send before messages on a connected socket; empty if there is none.
  func headerBytes(on descriptor: borrowing Descriptor) throws(Errno) -> [UInt8] {
    guard let header else { return [] }
    guard let local = try descriptor.localEndpoint() else { throw .socketNotConnected }
    return try header.bytes(from: local, to: self)
  }
}
