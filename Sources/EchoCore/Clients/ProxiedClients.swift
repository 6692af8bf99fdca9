public import Addresses

/// Finds out who the datagrams of one queue are from, on a listener with `proxyProtocol`.
///
/// With ``ProxyProtocol/Datagrams/first`` it remembers the client of each peer endpoint in a table of bounded size. A
/// peer endpoint that is forgotten, because it was silent for ``ClientTable/lifetimeSeconds`` or the table is full,
/// must begin with a header again. Whether a datagram begins with one is never guessed: a client could forge it.
public final class ProxiedClients {
  /// How many peer endpoints a queue remembers.
  public static let capacity = 65_536
  /// How long a header can be, in bytes, for its values to be remembered for the datagrams that follow it.
  public static let keptHeaderBytes = 1024
  /// How many bytes the table takes at most, without the headers that it keeps.
  public static let memoryBytes = 16 << 20

  /// Who a datagram is from.
  public enum Origin {
    /// A client's message, which follows the header.
    case client(Sender)
    /// It gets no reply.
    case refused(DropReason)
  }

  /// The client of a datagram.
  public struct Sender {
    /// Who it is from: the client that the header names, or the peer.
    public var client: Endpoint
    /// The endpoint that the client addressed; `nil` if the header does not say.
    public var local: Endpoint?
    /// How many bytes of the datagram are its header.
    public var headerBytes: Int
    /// The header and its bytes, which are valid until the next datagram; `nil` if they are not kept.
    public var proxy: (header: ProxyHeader, bytes: UnsafeRawBufferPointer)?
  }

  /// What is known about a peer endpoint.
  private struct Flow {
    var client: Endpoint
    var local: Endpoint?
    var header: [UInt8]
    var lastSeen: Int64
  }

  private var access: AccessList
  private var datagrams: ProxyProtocol.Datagrams
  private let keepsHeaders: Bool
  private var flows: RecencyTable<Endpoint, Flow>
  /// The header of the last flow that was found.
  private let header = UnsafeMutableRawBufferPointer.allocate(byteCount: keptHeaderBytes, alignment: 16)

  /// - Parameters:
  ///   - proxyProtocol: the listener's key.
  ///   - keepsHeaders: whether ``Sender/proxy`` is needed for datagrams that follow a header.
  public init(_ proxyProtocol: ProxyProtocol, keepsHeaders: Bool, capacity: Int = ProxiedClients.capacity) {
    access = AccessList(proxyProtocol.from)
    datagrams = proxyProtocol.datagrams
    self.keepsHeaders = keepsHeaders
    flows = RecencyTable(capacity: capacity)
  }

  deinit { header.deallocate() }

  /// Applies a changed key. Peers that may no longer use the listener are forgotten.
  public func change(to proxyProtocol: ProxyProtocol) {
    access = AccessList(proxyProtocol.from)
    let isSame = datagrams == proxyProtocol.datagrams
    datagrams = proxyProtocol.datagrams
    _ = flows.removeAll { !isSame || !access.permits($0.address) }
  }

  /// Who a datagram is from; `now` is in milliseconds of a monotonic clock.
  public func origin(of datagram: UnsafeRawBufferPointer, from peer: Endpoint, at now: Int64) -> Origin {
    guard access.permits(peer.address) else { return .refused(.denied) }
    if datagrams == .first {
      expire(at: now)
      if let index = flows.index(of: peer) { return .client(sender(at: index, now)) }
    }
    guard case .header(let read) = ProxyHeader.read(datagram, .second) else {
      return .refused(.badProxyHeader)
    }
    let bytes = UnsafeRawBufferPointer(rebasing: datagram.prefix(read.byteCount))
    let client = read.source ?? peer
    if datagrams == .first {
      let isKept = keepsHeaders && bytes.count <= Self.keptHeaderBytes
      flows.insert(
        Flow(client: client, local: read.destination, header: isKept ? Array(bytes) : [], lastSeen: now),
        for: peer)
    }
    return .client(
      Sender(client: client, local: read.destination, headerBytes: bytes.count, proxy: (read, bytes)))
  }

  private func sender(at index: RecencyTable<Endpoint, Flow>.Index, _ now: Int64) -> Sender {
    flows.touch(index)
    flows.change(index) { $0.lastSeen = now }
    let flow = flows[index]
    var sender = Sender(client: flow.client, local: flow.local, headerBytes: 0)
    if !flow.header.isEmpty {
      header.copyBytes(from: flow.header)
      let bytes = UnsafeRawBufferPointer(rebasing: header.prefix(flow.header.count))
      if case .header(let read) = ProxyHeader.read(bytes, .second) { sender.proxy = (read, bytes) }
    }
    return sender
  }

  /// Forgets the peer endpoints that have been silent for too long.
  private func expire(at now: Int64) {
    let lifetime = Int64(ClientTable.lifetimeSeconds) * 1000
    while let first = flows.first, flows[first].lastSeen + lifetime <= now { flows.remove(first) }
  }
}

extension ProxiedClients {
  /// How many bytes a flow takes in a state at least: two endpoints, no third, when it was last seen, and a length.
  private static let stateBytes = 2 * 22 + 1 + 8 + 4

  /// Writes all flows.
  public func write(to writer: inout StateWriter) {
    flows.write(to: &writer) { writer, peer, flow in
      writer.write(peer)
      writer.write(flow.client)
      writer.write(flow.local) { $0.write($1) }
      writer.write(flow.lastSeen)
      writer.write(flow.header)
    }
  }

  /// Takes over the flows that another table wrote, instead of its own; `now` is in milliseconds of the monotonic clock.
  /// Flows of peers that may not use the listener are left out, and so are all flows if each datagram has a header.
  /// Throws, and leaves the table empty, if the bytes are broken.
  public func restore(from reader: inout StateReader, at now: Int64) throws(StateError) {
    let lifetime = Int64(ClientTable.lifetimeSeconds) * 1000
    try flows.restore(from: &reader, ofBytes: Self.stateBytes) { reader throws(StateError) in
      let (peer, client) = (try reader.endpoint(), try reader.endpoint())
      let local = try reader.optional { reader throws(StateError) in try reader.endpoint() }
      let lastSeen = try reader.pastTime(at: now)
      let header = try reader.content(atMost: Self.keptHeaderBytes)
      guard datagrams == .first, access.permits(peer.address), lastSeen + lifetime > now else { return nil }
      return (
        peer, Flow(client: client, local: local, header: keepsHeaders ? header : [], lastSeen: lastSeen)
      )
    }
  }
}
