import CLinux
public import SystemPackage

/// Sends datagrams to a Unix socket without ever waiting. See unix(7).
public struct UnixDatagramSender: ~Copyable, Sendable {
  private let descriptor: Descriptor
  private let address: SocketAddress

  /// Makes a sender. It does not connect yet.
  ///
  /// - Parameters:
  ///   - name: an absolute path, or an abstract name, which begins with `@`. Another name throws EAFNOSUPPORT.
  public init(to name: String) throws(Errno) {
    guard let address = SocketAddress(unixName: name) else { throw .addressFamilyNotSupported }
    let number = try SystemCall.retrying { clinux_socket(AF_UNIX, false) }
    self.address = address
    self.descriptor = Descriptor(owning: number)
  }

  /// Sends a datagram to the socket that has the name now; ``IOResult/wouldBlock`` if that socket is full. The
  /// descriptors of the list arrive with it, as descriptors of the receiver. ETOOMANYREFS if too many descriptors of this
  /// user are on their way: see ``DescriptorParcel``.
  public func send(
    _ bytes: [UInt8], passing list: DescriptorList = DescriptorList()
  ) throws(Errno) -> IOResult<Int> {
    // Another socket may have taken the name since the last datagram.
    try descriptor.connect(to: address)
    return try descriptor.send(bytes, passing: list)
  }
}
