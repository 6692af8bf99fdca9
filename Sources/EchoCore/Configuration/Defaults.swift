public import Addresses

// A listener's other defaults are those of its initializer.

extension Configuration {
  /// How long a stop waits when the file does not say it, in seconds.
  public static let defaultDrainSeconds = 5
}

extension AdminEndpoint {
  /// The address of an admin socket that names none.
  public static let defaultAddress = IPAddress.loopbackIPv4
  /// The port of an admin socket that names none.
  public static let defaultPort: UInt16 = 8080
  /// The admin socket of a file that does not mention it.
  public static let standard = AdminEndpoint.tcp(address: defaultAddress, port: defaultPort)
}

extension ListenerConfiguration {
  /// The address of a listener that names none.
  public static let defaultAddress = IPAddress.loopbackIPv4
  /// The service of a listener that names none.
  public static let defaultService = Service.echo.name

  /// The name of a listener that has none of its own: `echo-udp-7`.
  public static func defaultName(service: String, transport: Transport, port: UInt16) -> String {
    "\(service)-\(transport.rawValue)-\(port)"
  }
}
