@testable import EchoCore
import Testing

@Suite("A wildcard of IPv6")
struct WildcardPairsTests {
  private func configuration(_ listeners: String, admin: String = "null") throws -> Configuration {
    try Configuration.read(Array("{\"admin\": \(admin), \"listeners\": [\(listeners)]}".utf8))
  }

  private static let ipv6 = #"{"name": "v6", "transport": "tcp", "port": 7, "address": "::"}"#

  @Test(
    "leaves IPv4 to the wildcard of IPv4 on its port, wherever in the file that is",
    arguments: [
      #"\#(ipv6), {"name": "v4", "transport": "tcp", "port": 7, "address": "0.0.0.0"}"#,
      #"{"name": "v4", "transport": "tcp", "port": 7, "address": "0.0.0.0"}, \#(ipv6)"#,
    ])
  func pairs(listeners: String) throws {
    let configuration = try configuration(listeners)
    for listener in configuration.listeners {
      #expect(configuration.isIPv6Only(listener) == (listener.name == "v6"))
    }
  }

  @Test(
    "is dual-stack without one",
    arguments: [
      "",
      #", {"name": "v4", "transport": "udp", "port": 7, "address": "0.0.0.0"}"#,
      #", {"name": "v4", "transport": "tcp", "port": 8, "address": "0.0.0.0"}"#,
      #", {"name": "v4", "transport": "tcp", "port": 7, "address": "127.0.0.1"}"#,
      #", {"name": "v6too", "transport": "tcp", "port": 7, "address": "::1"}"#,
    ])
  func others(more: String) throws {
    let configuration = try configuration(Self.ipv6 + more)
    for listener in configuration.listeners { #expect(!configuration.isIPv6Only(listener)) }
  }

  @Test(
    "leaves IPv4 only to a wildcard that is on its interface too",
    arguments: [
      ("eth0", "eth0", true), ("eth0", nil, true), (nil, "eth0", true), ("eth0", "eth1", false),
    ] as [(String?, String?, Bool)])
  func interfaces(own: String?, other: String?, isIPv6Only: Bool) throws {
    func listener(_ name: String, on address: String, _ interface: String?) -> String {
      let more = interface.map { ", \"interface\": \"\($0)\"" } ?? ""
      return
        "{\"name\": \"\(name)\", \"transport\": \"tcp\", \"port\": 7, \"address\": \"\(address)\"\(more)}"
    }
    let listeners = [listener("v6", on: "::", own), listener("v4", on: "0.0.0.0", other)]
    let configuration = try configuration(listeners.joined(separator: ","))
    #expect(configuration.isIPv6Only(configuration.listeners[0]) == isIPv6Only)
    #expect(!configuration.isIPv6Only(configuration.listeners[1]))
  }

  @Test("has a port of its own where the kernel chooses it, and then leaves nothing to others")
  func chosenPorts() throws {
    let configuration = try configuration(
      """
      {"name": "v6", "transport": "udp", "port": 0, "address": "::"},
      {"name": "v4", "transport": "udp", "port": 0, "address": "0.0.0.0"}
      """)
    for listener in configuration.listeners { #expect(!configuration.isIPv6Only(listener)) }
  }

  @Test("counts the admin socket among the TCP sockets")
  func admin() throws {
    let below = try configuration(Self.ipv6, admin: #"{"address": "0.0.0.0", "port": 7}"#)
    #expect(below.isIPv6Only(below.listeners[0]))
    let ipv4 = #"{"transport": "tcp", "port": 7, "address": "0.0.0.0"}"#
    let above = try configuration(ipv4, admin: #"{"address": "::", "port": 7}"#)
    #expect(
      try above.isIPv6Only(BoundAddress(of: #require(above.admin?.endpoint)))
        && !above.isIPv6Only(above.listeners[0]))
    let udp = #"{"transport": "udp", "port": 7, "address": "0.0.0.0"}"#
    let beside = try configuration(udp, admin: #"{"address": "::", "port": 7}"#)
    #expect(try !beside.isIPv6Only(BoundAddress(of: #require(beside.admin?.endpoint))))
  }
}

extension Configuration {
  fileprivate func isIPv6Only(_ listener: ListenerConfiguration) -> Bool {
    isIPv6Only(BoundAddress(of: listener))
  }
}
