import Addresses
@testable import AdminHTTP
import EchoCore
import Foundation
import Testing

@Suite("The live page")
struct PageTests {
  private let document = Page.document(.example)

  @Test("shows the state, the version and the uptime without its script")
  func header() {
    #expect(document.contains(#"<html lang="en" data-state="running">"#))
    #expect(document.contains(#"<p id="state">running</p>"#))
    #expect(document.contains(#"<dd id="version">0.1.0</dd>"#))
    #expect(document.contains(#"<dd id="uptime">12 s</dd>"#))
    #expect(document.contains(#"<dd id="started">2026-11-22 16:43:00 UTC</dd>"#))
    #expect(document.contains(#"data-uptime="12.3""#))
    #expect(
      document.contains("These figures are from 2026-11-22 16:43:12 UTC. Reload the page to update them."))
  }

  @Test("has a row for each listener, in the configuration's order, with its figures")
  func rows() throws {
    var snapshot = Snapshot.example
    snapshot.listeners.append(snapshot.listeners[0])
    snapshot.listeners[1].configuration.name = "second"
    snapshot.listeners[1].statistics[.bytesSent] = 1_234_567
    let rows = rows(of: Page.document(snapshot))
    #expect(rows.map(\.name) == ["uppercase-udp", "second"])
    let second = try #require(rows.last).text
    #expect(second.contains(#"<span data-text="endpoint">127.0.0.1:12000</span>"#))
    #expect(second.contains(#"<span class="service" data-text="service">uppercase</span>"#))
    #expect(second.contains(#"<data data-figure="messages.received" value="3">3</data>"#))
    #expect(second.contains(#"<data data-figure="bytes.sent" value="1234567">1,234,567</data>"#))
  }

  @Test("shows every digit of a counter", arguments: [UInt64(0), 999, 1000, 1 << 53 + 1, .max])
  func greatValues(value: UInt64) throws {
    var snapshot = Snapshot.example
    snapshot.listeners[0].statistics[.messagesReceived] = value
    let row = try #require(rows(of: Page.document(snapshot)).first).text
    let start = "<data data-figure=\"messages.received\" value=\"\(value)\">"
    let text = try #require(row.firstRange(of: start)).upperBound
    #expect(row[text...].prefix { $0 != "<" }.filter { $0 != "," } == "\(value)")
  }

  @Test(
    "groups digits by three",
    arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (12_345_678, "12,345,678")])
  func grouping(value: UInt64, expected: String) {
    #expect(Page.grouped(value) == expected)
  }

  @Test(
    "shows an uptime in its two largest units",
    arguments: [
      (0.9, "0 s"), (61, "1 min 1 s"), (3600, "1 h 0 min"), (273_600, "3 d 4 h"), (.infinity, "0 s"),
    ])
  func uptime(seconds: Double, expected: String) {
    #expect(Page.duration(seconds) == expected)
  }

  @Test("lists the reasons for drops, where there are any")
  func drops() throws {
    #expect(!document.contains("drops.denied"))
    var snapshot = Snapshot.example
    snapshot.listeners[0].statistics[.denied] = 17
    let row = try #require(rows(of: Page.document(snapshot)).first).text
    #expect(row.contains(#"<data data-figure="dropped.total" value="17">17</data>"#))
    #expect(
      row.contains(
        #"<data data-figure="drops.denied" value="17">17</data> <span data-text="reason">denied</span>"#))
    #expect(!row.contains("drops.rateLimited"))
  }

  @Test("marks what is open beyond private networks, unless it is on loopback")
  func openListeners() throws {
    var snapshot = Snapshot.example
    snapshot.listeners[0].configuration.allow = [try Prefix("0.0.0.0/0")]
    #expect(!Page.document(snapshot).contains(#"<span data-mark="public">"#))
    snapshot.listeners[0].endpoint = Endpoint(address: try #require(IPAddress("192.0.2.1")), port: 7)
    let row = try #require(rows(of: Page.document(snapshot)).first).text
    #expect(row.contains(#"<span data-mark="public">open beyond private networks</span>"#))
  }

  @Test(
    "marks queues that do not answer",
    arguments: [(1, "1 queue not answering"), (2, "2 queues not answering")])
  func silentQueues(count: Int, text: String) throws {
    var snapshot = Snapshot.example
    #expect(!Page.document(snapshot).contains(#"<span data-mark="queues">"#))
    snapshot.listeners[0].silentQueues = count
    let row = try #require(rows(of: Page.document(snapshot)).first).text
    #expect(row.contains(#"<span data-mark="queues">\#(text)</span>"#))
  }

  @Test("marks a listener that impairs its replies, and says what it has done")
  func impairments() throws {
    var snapshot = Snapshot.example
    #expect(!Page.document(snapshot).contains(#"<span data-mark="impaired">"#))
    snapshot.listeners[0].configuration.impair = Impairment()
    let idle = try #require(rows(of: Page.document(snapshot)).first).text
    #expect(idle.contains(#"<span data-mark="impaired">impaired on purpose</span>"#))
    snapshot.listeners[0].statistics[.lost] = 1234
    snapshot.listeners[0].statistics[.reordered] = 1
    let busy = try #require(rows(of: Page.document(snapshot)).first).text
    #expect(
      busy.contains(#"<span data-mark="impaired">impaired on purpose: 1,234 lost, 1 reordered</span>"#))
  }

  @Test("does not turn names and zones into markup")
  func escaping() throws {
    let zone = "<b>&\"'"
    var snapshot = Snapshot.example
    snapshot.listeners[0].configuration.name = "\"><script>alert('&')</script>"
    snapshot.listeners[0].configuration.zone = zone
    snapshot.listeners[0].endpoint = Endpoint(address: try #require(IPAddress("fe80::1")), port: 7)
    let text = Page.document(snapshot)
    #expect(text.contains(#"data-listener="&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;""#))
    #expect(text.contains("[fe80::1%&lt;b&gt;&amp;&quot;&#39;]:7"))
    #expect(!text.contains("<script>alert"))
    #expect(!text.contains(zone))
  }

  @Test("has exactly the style and the script that its policy allows")
  func policy() throws {
    let policy = Page.contentSecurityPolicy
    #expect(policy.hasPrefix("default-src 'none'; "))
    #expect(!policy.contains("unsafe"))
    let style = try content(of: "style", in: document)
    let script = try content(of: "script", in: document)
    #expect(policy.contains("style-src 'sha256-\(try sha256(style))';"))
    #expect(policy.contains("script-src 'sha256-\(try sha256(script))';"))
    #expect(!document.contains("style=\""))
    #expect(document.firstMatch(of: /<[^>]* on[a-z]+="/) == nil)
  }

  @Test("requests nothing from elsewhere")
  func requests() {
    // The name of an XML namespace is not an address that a browser requests.
    let text = document.replacing("http://www.w3.org/2000/svg", with: "")
    #expect(!text.contains("http://"))
    #expect(!text.contains("https://"))
    #expect(document.contains(#"<link rel="icon" href="data:"#))
  }

  @Test("has a table without rows when there are no listeners")
  func noListeners() {
    var snapshot = Snapshot.example
    snapshot.listeners = []
    #expect(rows(of: Page.document(snapshot)).isEmpty)
  }

  /// The rows of the table, without the template of a row.
  private func rows(of document: String) -> [(name: String, text: String)] {
    let table = document.prefix(upTo: document.firstRange(of: "<template")?.lowerBound ?? document.endIndex)
    return table.split(separator: "<tbody").dropFirst().map { body in
      let name = body.split(separator: "data-listener=\"").last?.prefix { $0 != "\"" } ?? ""
      return (String(name), String(body))
    }
  }

  /// The content of the only element with this tag.
  private func content(of tag: String, in document: String) throws -> String {
    let parts = document.split(separator: try Regex("<\(tag)[^>]*>"))
    try #require(parts.count == 2)
    return String(parts[1].prefix(upTo: try #require(parts[1].firstRange(of: "</\(tag)>")).lowerBound))
  }

  /// The hash in base64, as a Content-Security-Policy has it.
  private func sha256(_ text: String) throws -> String {
    let process = Process()
    let (input, output) = (Pipe(), Pipe())
    process.executableURL = URL(filePath: "/usr/bin/sha256sum")
    (process.standardInput, process.standardOutput) = (input, output)
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
    try input.fileHandleForWriting.close()
    let digits = Array(
      String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self).prefix(64))
    process.waitUntilExit()
    let bytes = stride(from: 0, to: 64, by: 2).compactMap { UInt8(String(digits[$0...($0 + 1)]), radix: 16) }
    return Data(bytes).base64EncodedString()
  }
}
