import Addresses
import EchoCore
public import Logging
import SystemPackage

// The keys to search the log by: `listener`, `transport`, `service`, `address`, `port`, `path`, `client`, `errno`.

extension StartError {
  /// The subject of the message, for searches.
  public var logMetadata: Logger.Metadata {
    switch self {
    case .listener(let name, let address, let error):
      ["listener": "\(name)"].with(address.logMetadata).with(error.logMetadata)
    case .sameInterface(let name, let address, _):
      ["listener": "\(name)"].with(address.logMetadata)
    case .admin(let endpoint, let error):
      endpoint.logMetadata.with(error.logMetadata)
    case .queue(let name, let error):
      ["listener": "\(name)"].with(error.logMetadata)
    case .unservedSockets(let error), .threads(_, _, let error), .memory(_, let error):
      error.logMetadata
    case .descriptors: [:]
    }
  }
}

extension ListenerConfiguration {
  /// Common to all messages of a listener, which add its ``Listener/endpoint``.
  var logMetadata: Logger.Metadata {
    ["listener": "\(name)", "transport": "\(transport.rawValue)", "service": "\(service)"]
  }
}

extension Endpoint {
  var logMetadata: Logger.Metadata { ["address": "\(address)", "port": "\(port)"] }
}

extension BoundAddress {
  fileprivate var logMetadata: Logger.Metadata {
    switch self {
    case .internet(let transport, let address, let port, _):
      ["transport": "\(transport.rawValue)"].with(Endpoint(address: address, port: port).logMetadata)
    case .unix(let path): ["path": "\(path)"]
    }
  }
}

extension AdminEndpoint {
  var logMetadata: Logger.Metadata {
    switch self {
    case .tcp(let address, let port): Endpoint(address: address, port: port).logMetadata
    case .unix(let path): ["path": "\(path)"]
    }
  }
}

extension Errno {
  /// The number, as the journal's field ERRNO has it.
  var logMetadata: Logger.Metadata { ["errno": "\(rawValue)"] }
}

extension Logger.Metadata {
  func with(_ other: Logger.Metadata) -> Logger.Metadata { merging(other) { $1 } }
}

extension Logger {
  /// A logger for one listener.
  func about(_ configuration: ListenerConfiguration, at endpoint: Endpoint) -> Logger {
    about(configuration.logMetadata.with(endpoint.logMetadata))
  }

  /// A logger that adds metadata to all its messages.
  func about(_ metadata: Logger.Metadata) -> Logger {
    var logger = self
    for (key, value) in metadata { logger[metadataKey: key] = value }
    return logger
  }
}
