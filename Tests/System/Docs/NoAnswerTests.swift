import Foundation
import Testing

/// The page is what is tested: its configurations are run, its commands too, and they print what it says.
@Suite("The page for a client that gets no answer")
struct NoAnswerTests {
  private static let file = "docs/how-to/no-answer.md"
  private static let page = Result { try Page(file: file) }
  private static let sections = (try? page.get().sections) ?? []

  /// The firewalls of the page. The one on the path stands at the client's end of the wire, behind its kernel's sockets.
  private static let sceneries: [String: PageRun.Scenery] = [
    "A firewall on the server": PageRun.Scenery(
      server: """
        nft add table inet filter
        nft add chain inet filter input '{ type filter hook input priority filter; policy drop; }'
        nft add rule inet filter input ct state established,related accept
        nft add rule inet filter input iif lo accept
        nft add rule inet filter input tcp dport 22 accept
        """),
    "A firewall on the path": PageRun.Scenery(
      client: """
        nft add table netdev way
        nft add chain netdev way out '{ type filter hook egress device \(TwoHosts.Host.interface) priority 0; }'
        nft add rule netdev way out meta l4proto '{ tcp, udp }' drop
        """),
  ]

  @Test(
    "shows commands that print what it says, with the configurations that it shows",
    .enabled(if: TwoHosts.canBeMade, "network namespaces need root and ip(8)"), arguments: sections)
  func commands(section: Page.Section) async throws {
    try await PageRun.run(section.parts, scenery: Self.sceneries[section.heading] ?? PageRun.Scenery())
  }

  @Test("can be run, and each cause shows what the client sees")
  func form() throws {
    let page = try Self.page.get()
    #expect(page.sections.count > 10)
    for section in page.sections {
      #expect(section.commands.contains { $0.host == "client" && !$0.printed.isEmpty }, "\(section.heading)")
    }
    #expect(Self.sceneries.keys.allSatisfy { key in page.sections.contains { $0.heading == key } })
  }

  @Test("leads from a symptom to each cause")
  func table() throws {
    let page = try Self.page.get()
    let links = page.introduction.matches(of: /\[(.+?)\]\(#(.+?)\)/).map { [String($0.1), String($0.2)] }
    let causes = page.sections.filter { $0.heading != "Look here first" }
    #expect(links == causes.map { [$0.heading, $0.anchor] })
    let anchors = page.sections.map(\.anchor)
    for link in page.sections.flatMap({ $0.prose.matches(of: /\]\(#(.+?)\)/) }) {
      #expect(anchors.contains(String(link.1)), "\(link.1)")
    }
  }

  @Test("names no command that it does not run")
  func inlineCommands() throws {
    let page = try Self.page.get()
    let run = page.sections.flatMap { $0.commands.map(\.text) }
    let prose = page.introduction + page.sections.map(\.prose).joined()
    let programs = #/`((?:curl|echoc|echod|journalctl|nc|nft|ss|sudo|systemctl|tcpdump|ufw)\b[^`]*)`/#
    let named = prose.matches(of: programs).map { String($0.1) }
    #expect(!named.isEmpty)
    for command in named { #expect(run.contains { $0.contains(command) }, "\(command)") }
  }

  @Test("runs the commands of the section in the manual too")
  func manual() throws {
    let run = try Self.page.get().sections.flatMap { $0.commands.map(\.text) }
    let sections = try Repository.text(of: "docs/man/echod.8.in").components(separatedBy: "\n.Sh ")
    let section = try #require(sections.first { $0.hasPrefix("NO ANSWER\n") })
    let commands = section.matches(of: /\.Bd -literal -offset indent\n((?s).+?)\n\.Ed/)
      .flatMap { $0.1.components(separatedBy: "\n") }
    #expect(!commands.isEmpty)
    for command in commands {
      let text = command.components(separatedBy: "  #")[0].trimmingCharacters(in: .whitespaces)
      #expect(run.contains(text), "\(text)")
    }
  }

  @Test("is found from the README and the index of the documents")
  func places() throws {
    #expect(try Repository.text(of: "README.md").contains("[My client gets no answer](\(Self.file))"))
    let index = try Repository.text(of: "docs/README.md")
    #expect(index.contains("[My client gets no answer](how-to/no-answer.md)"))
  }
}
