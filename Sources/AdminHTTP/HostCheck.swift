/// Which hosts this server answers for.
///
/// A web page of a stranger can have its own name point to 127.0.0.1 and then read what a browser shows it (DNS
/// rebinding). The browser still sends the page's name, so a name that is not ours is refused. An IP literal cannot
/// be rebound, and a client that names no host is no browser.
struct HostCheck: Sendable {
  private let names: Set<String>

  /// Answers for IP literals, `localhost` and these names.
  init(machineNames: [String]) {
    names = Set((machineNames + ["localhost"]).map(Host.canonical)).subtracting([""])
  }

  /// Whether a request for that host is answered.
  func allows(_ host: Host?) -> Bool {
    switch host?.name {
    case nil, .address: true
    case .name(let name): names.contains(name)
    }
  }
}
