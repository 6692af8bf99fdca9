import ArgumentParser
import Sockets

/// The options that choose among a server's addresses.
struct AddressOptions: ParsableArguments {
  @Flag(name: .customShort("4"), help: "Use IPv4 addresses only.")
  var isIPv4Only = false

  @Flag(name: .customShort("6"), help: "Use IPv6 addresses only.")
  var isIPv6Only = false

  /// The family to use; `nil` for both.
  var family: AddressFamily? { isIPv4Only ? .ipv4 : isIPv6Only ? .ipv6 : nil }

  func validate() throws {
    if isIPv4Only, isIPv6Only { throw ValidationError("-4 and -6 cannot be combined") }
  }
}
