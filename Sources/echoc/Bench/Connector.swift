import Addresses
import EchoCore
import Sockets
import SystemPackage

/// Why a bench could not be carried out.
enum BenchError: Error {
  /// The host has no address.
  case cannotResolve(ResolutionError)
  /// None of the host's addresses could be connected to: each with its reason, in the order of the attempts.
  case cannotConnect([Refusal])
  /// So many descriptors are not to be had.
  case tooManyDescriptors(limit: Int)
  /// The system refused something else.
  case system(Errno)
}

extension BenchError: CustomStringConvertible {
  /// A sentence that names the operation and the address.
  var description: String {
    switch self {
    case .cannotResolve(let error): "\(error)"
    case .cannotConnect(let refusals): refusals.sentence
    case .tooManyDescriptors(let limit):
      "so many connections need more descriptors than the \(limit) that the system permits"
    case .system(let error): "cannot begin: \(error)"
    }
  }
}

/// Makes connections and finds out which of a host's addresses is the server's.
enum Connector {
  /// How many connections are made at once.
  static let batch = 128
  /// How long the first datagram to one of several addresses waits for a reply or a refusal.
  private static let probeMilliseconds: Int32 = 1000

  /// Takes the only address, or the first one that does not refuse: a connection, or a datagram that is not counted.
  static func choose(of endpoints: [Endpoint], _ plan: BenchPlan) throws(BenchError) -> Endpoint {
    if endpoints.count == 1 { return endpoints[0] }
    var refusals: [Refusal] = []
    for endpoint in endpoints {
      do throws(Errno) {
        switch plan.transport {
        case .tcp: _ = try connect(to: endpoint)
        case .udp: try probe(endpoint, bytes: plan.bytes)
        }
        return endpoint
      } catch {
        refusals.append(Refusal(remote: Remote(transport: plan.transport, endpoint: endpoint), error: error))
      }
    }
    throw .cannotConnect(refusals)
  }

  /// Connects, and waits until the connection is there.
  static func connect(to endpoint: Endpoint) throws(Errno) -> StreamSocket {
    let socket = try StreamSocket(connectingTo: endpoint)
    try finish(socket)
    return socket
  }

  /// Waits until a connection is there.
  static func finish(_ socket: borrowing StreamSocket) throws(Errno) {
    guard try socket.wait(for: .writable, milliseconds: Int32(Patience.milliseconds)) else { throw .timedOut }
    try socket.finishConnecting()
  }

  private static func probe(_ endpoint: Endpoint, bytes: Int) throws(Errno) {
    let socket = try DatagramSocket(connectedTo: endpoint)
    _ = try socket.send([UInt8](repeating: UInt8(ascii: "A"), count: bytes))
    if try socket.wait(for: .readable, milliseconds: probeMilliseconds) {
      var buffer: [UInt8] = [0]
      _ = try socket.receive(into: &buffer)
    }
  }
}
