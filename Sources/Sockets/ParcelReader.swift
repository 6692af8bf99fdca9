import Glibc
public import SystemPackage

/// Takes descriptors out of one of the ``DescriptorParcel/receivers`` of a parcel that was packed by an earlier process.
public struct ParcelReader: ~Copyable {
  private let descriptor: Descriptor
  /// The room for a message's descriptors.
  private var control = DescriptorList.controlRoom

  /// Reads a receiving end of this process.
  init(_ receiver: consuming Descriptor) { descriptor = receiver }

  /// Takes ownership and makes the socket close-on-exec. EPROTOTYPE if it is not a Unix socket that preserves messages.
  public init(owning number: Int32) throws(Errno) {
    let descriptor = try Descriptor(passed: number)
    do throws(Errno) {
      guard try SystemCall.option(descriptor, level: SOL_SOCKET, SO_DOMAIN) == AF_UNIX,
        try SystemCall.option(descriptor, level: SOL_SOCKET, SO_TYPE) == Int32(SOCK_SEQPACKET.rawValue)
      else { throw Errno.protocolWrongTypeForSocket }
    } catch .notSocket {
      throw .protocolWrongTypeForSocket
    }
    _ = try SystemCall.retrying { fcntl(number, F_SETFD, FD_CLOEXEC) }
    self.descriptor = descriptor
  }

  /// Takes one message and passes on its descriptors, which are close-on-exec, one by one. Returns `false` if nothing
  /// is left. Does not wait.
  ///
  /// Throws EMFILE if the process had no room for all of them: those that arrived were passed on, the rest of this
  /// message is lost, and the next one can be taken.
  public mutating func receive(_ body: (consuming Descriptor) -> Void) throws(Errno) -> Bool {
    guard let message = try descriptor.receive(control: &control) else { return false }
    for number in message.numbers { body(Descriptor(owning: number)) }
    if message.isCut { throw .tooManyOpenFiles }
    return true
  }
}
