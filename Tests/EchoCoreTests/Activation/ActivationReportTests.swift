import Addresses
import Testing

@testable import EchoCore

@Suite("The comparison of socket units with a configuration")
struct ActivationReportTests {
  private func report(_ sockets: String..., listeners: String, admin: String = "null") throws
    -> ActivationReport
  {
    let text = (sockets.map { "Listen=\($0)" } + ["FileDescriptorName=echod.socket", ""]).joined(
      separator: "\n")
    let configuration = try Configuration.read(
      Array(#"{"admin": \#(admin), "listeners": [\#(listeners)]}"#.utf8))
    return ActivationReport(of: try SocketUnits(Array(text.utf8)), in: configuration)
  }

  @Test("names the owner of each socket")
  func fit() throws {
    let report = try report(
      "127.0.0.1:7 (Datagram)", "[::]:7 (Stream)", "/run/a.sock (Stream)",
      listeners: """
        {"name": "u", "transport": "udp", "port": 7}, {"name": "t", "transport": "tcp", "port": 7, "address": "::"}
        """, admin: #"{"unix": "/run/a.sock"}"#)
    #expect(report.problems.isEmpty)
    #expect(
      report.lines == [
        "\"echod.socket\" (udp 127.0.0.1:7): listener u", "\"echod.socket\" (tcp [::]:7): listener t",
        "\"echod.socket\" (unix /run/a.sock): the admin socket",
      ])
  }

  @Test("names each socket that nobody would serve, and who would bind an address")
  func misfit() throws {
    let report = try report(
      "127.0.0.1:7 (Datagram)", "127.0.0.1:9 (Stream)", "/run/fifo (FIFO)",
      listeners: """
        {"name": "u", "transport": "udp", "port": 7, "queues": 2}, {"name": "t", "transport": "tcp", "port": 7}
        """, admin: #"{"port": 8080}"#)
    #expect(
      report.lines == [
        "\"echod.socket\" (udp 127.0.0.1:7): listener u",
        "listener t: no matching socket, so echod binds tcp 127.0.0.1:7",
        "the admin socket: no matching socket, so echod binds tcp 127.0.0.1:8080",
      ])
    #expect(
      report.problems == [
        "\"echod.socket\" (FIFO /run/fifo) would not be served: echod serves streams and datagrams only",
        "listener u: 1 of 2 sockets, and echod cannot bind more beside systemd's: pass 2 (ReusePort=yes), or set \"queues\" to 1",
        "\"echod.socket\" (tcp 127.0.0.1:9) would not be served: neither a listener nor the admin socket has its name or address",
      ])
  }

  @Test("names a socket for which a listener has no queue left")
  func surplus() throws {
    let report = try report(
      "127.0.0.1:7 (Stream)", "127.0.0.1:7 (Stream)",
      listeners: #"{"name": "t", "transport": "tcp", "port": 7}"#)
    #expect(report.lines == ["\"echod.socket\" (tcp 127.0.0.1:7): listener t"])
    #expect(
      report.problems == [
        "\"echod.socket\" (tcp 127.0.0.1:7) would not be served: listener t already has a socket for each of its queues (1)"
      ])
  }
}
