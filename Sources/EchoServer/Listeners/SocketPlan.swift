import Addresses
import EchoCore
import Logging
import Sockets
import SystemPackage

/// What a socket is bound to, and how. A reload hands sockets over only where the plan is the same.
struct SocketPlan: Hashable {
  let transport: Transport
  /// As configured: with port 0 the kernel chooses one.
  private(set) var endpoint: Endpoint
  let options: BindOptions
  /// Whether the configuration names an interface that does not exist.
  private let lacksInterface: Bool

  /// The plan for a listener's sockets, which depends on the other sockets of its configuration, and on the interfaces
  /// of this moment: an interface that was deleted and created again has another index.
  init(for listener: ListenerConfiguration, in configuration: Configuration) {
    transport = listener.transport
    let interface = listener.boundInterface.map { NetworkInterface.index(of: $0) ?? 0 }
    endpoint = Endpoint(
      address: listener.address, port: listener.port,
      scope: listener.address.isIPv6LinkLocal ? interface ?? 0 : 0)
    options = BindOptions(
      isIPv6Only: configuration.isIPv6Only(BoundAddress(of: listener)), interface: interface ?? 0,
      freeBind: listener.freeBind)
    lacksInterface = interface == 0
  }

  /// The plan by which a socket was bound, as far as the socket shows it: the port is never 0. `nil` for a Unix socket.
  init?(of socket: BoundSocket) throws(Errno) {
    guard let endpoint = try socket.localEndpoint() else { return nil }
    (transport, self.endpoint) = (socket.transport, endpoint)
    options = try socket.withDescriptor { (descriptor) throws(Errno) in try descriptor.boundOptions() }
    lacksInterface = false
  }

  /// The plan for the admin socket; `nil` for a Unix socket.
  init?(for admin: AdminEndpoint, in configuration: Configuration) {
    guard case .tcp(let address, let port) = admin else { return nil }
    transport = .tcp
    endpoint = Endpoint(address: address, port: port)
    options = BindOptions(isIPv6Only: configuration.isIPv6Only(BoundAddress(of: admin)))
    lacksInterface = false
  }
}

/// Sockets of our own, beside which others are bound.
struct Neighbour {
  /// What they are bound to, with the port that the kernel chose.
  let plan: SocketPlan
  let sockets: [BoundSocket]
  /// The numbers of sockets that are closing: see ``Sockets/Descriptor/socketNumber``.
  var closingNumbers: [UInt64] = []
}

/// A socket of our own whose queue ends, so that the kernel closes it soon.
struct EndingSocket {
  private let plan: SocketPlan
  private let socket: WeakSocket
  private let number: UInt64

  /// - Parameter plan: what it is bound to, with the port that the kernel chose.
  init(_ socket: BoundSocket, boundTo plan: SocketPlan) {
    self.plan = plan
    self.socket = WeakSocket(socket)
    number = socket.withDescriptor { $0.socketNumber }
  }

  /// Without a socket when it has no owner any more. Even then, the kernel may not have closed it yet.
  var neighbour: Neighbour {
    Neighbour(plan: plan, sockets: socket.socket.map { [$0] } ?? [], closingNumbers: [number])
  }
}

extension SocketPlan {
  /// The plan for the port that the kernel chose.
  func onPort(_ port: UInt16) -> SocketPlan {
    var plan = self
    plan.endpoint.port = port
    return plan
  }

  /// What a kernel without IPv6 binds instead; `nil` if that is the same, or if the kernel has IPv6.
  var withoutIPv6: SocketPlan? {
    guard isDualStack, !AddressFamily.ipv6.isSupported else { return nil }
    var plan = self
    plan.endpoint.address = IPAddress(v4: 0)
    return plan
  }

  /// Whether both are for the same address and port of the same interface, under whatever names; not for a port that the
  /// kernel chooses. The kernel would spread the clients over both.
  func isSamePlace(as other: SocketPlan) -> Bool {
    transport == other.transport && endpoint == other.endpoint && endpoint.port != 0
      && options.interface == other.options.interface && !lacksInterface && !other.lacksInterface
  }

  /// Whether a message can be for the sockets of both plans. The kernel gives it to the more specific address, but has
  /// to be told that both may be there.
  func overlaps(_ other: SocketPlan) -> Bool {
    transport == other.transport && endpoint.port == other.endpoint.port
      && (options.interface == other.options.interface || options.interface == 0
        || other.options.interface == 0)
      && (endpoint.address == other.endpoint.address || isWildcard(over: other)
        || other.isWildcard(over: self))
  }

  private func isWildcard(over other: SocketPlan) -> Bool {
    guard endpoint.address.isUnspecified else { return false }
    let isOtherIPv4 = other.endpoint.address.isIPv4
    return endpoint.address.isIPv4 ? isOtherIPv4 : !(options.isIPv6Only && isOtherIPv4)
  }

  /// Binds a socket. It shares its port with our own sockets that it overlaps (SO_REUSEPORT); one of another process
  /// that it overlaps is an error.
  ///
  /// - Parameters:
  ///   - backlog: for TCP. A socket that has to share its port does not listen until `listen(backlog:)` is called.
  ///   - siblings: the listener's sockets that are already bound; no other process was in their way.
  func bind(
    backlog: Int, besides neighbours: [Neighbour], joining siblings: [BoundSocket] = []
  ) throws(Errno) -> BoundSocket {
    if lacksInterface { throw .operationNotSupportedByDevice }
    let neighbours = neighbours.filter { overlaps($0.plan) }
    let others = neighbours.flatMap(\.sockets)
    if !siblings.isEmpty {
      for other in others + siblings { try other.sharePort() }
      return try bind(backlog: backlog, sharingPort: true)
    }
    do throws(Errno) {
      let socket = try bind(backlog: backlog, sharingPort: false)
      // The bind may have succeeded only because overlapping sockets do not listen yet.
      if !others.isEmpty { try socket.sharePort() }
      return socket
    } catch .addressInUse where !neighbours.isEmpty && !meetsStranger(besides: neighbours) {
      for other in others { try other.sharePort() }
      return try bind(backlog: backlog, sharingPort: true)
    }
  }

  /// Whether a socket of another process is certainly in the way. A bind with SO_REUSEPORT does not show this: the
  /// kernel lets sockets of the same user share a port, and for UDP it stops at the first socket that may share it.
  private func meetsStranger(besides neighbours: [Neighbour]) -> Bool {
    // The table does not say which interface a socket is on.
    guard options.interface == 0 else { return false }
    let own = Set(
      neighbours.flatMap { neighbour in
        neighbour.sockets.map { socket in socket.withDescriptor { $0.socketNumber } }
          + neighbour.closingNumbers
      })
    return PortTable(ofPort: endpoint.port, isTCP: transport == .tcp).entries.contains { entry in
      !own.contains(entry.socketNumber) && certainlyMeets(entry.address)
    }
  }

  /// Whether a socket on that address is in the way even if it is IPv6-only.
  private func certainlyMeets(_ other: IPAddress) -> Bool {
    let isSameFamily = endpoint.address.isIPv4 == other.isIPv4
    let meets = endpoint.address == other || endpoint.address.isUnspecified || other.isUnspecified
    return isSameFamily ? meets : isDualStack && other.isIPv4
  }

  private func bind(backlog: Int, sharingPort: Bool) throws(Errno) -> BoundSocket {
    do throws(Errno) {
      return try bind(to: endpoint, backlog: backlog, sharingPort: sharingPort)
    } catch .addressFamilyNotSupported where isDualStack {
      // The kernel has no IPv6.
      let ipv4 = Endpoint(address: IPAddress(v4: 0), port: endpoint.port)
      return try bind(to: ipv4, backlog: backlog, sharingPort: sharingPort)
    }
  }

  private var isDualStack: Bool { endpoint.address.bits == 0 && !options.isIPv6Only }

  /// Warns if a socket that was bound for the plan serves only IPv4, because the kernel has no IPv6.
  func warnWithoutIPv6(_ bound: Endpoint, _ logger: Logger) {
    guard isDualStack, bound.address.isIPv4 else { return }
    logger.warning("the kernel has no IPv6, so \"::\" serves only IPv4")
  }

  private func bind(to endpoint: Endpoint, backlog: Int, sharingPort: Bool) throws(Errno) -> BoundSocket {
    switch transport {
    case .udp:
      .udp(SharedSocket(try DatagramSocket(boundTo: endpoint, options, sharingPort: sharingPort)))
    case .tcp:
      .tcp(
        SharedSocket(
          try ListeningSocket(boundTo: endpoint, options, backlog: backlog, sharingPort: sharingPort)))
    }
  }
}
