import Glibc
import TestSupport
import Testing

/// The ping(8) of iputils.
private let pingPath = "/usr/bin/ping"

/// The same command line for both programs, at the same hosts. The manual lists the differences.
@Suite(
  "echoc ping beside ping(8)", .serialized,
  .enabled(if: access(pingPath, X_OK) == 0, "needs iputils-ping"))
struct PingSideBySideTests {
  /// What the two print differently but with the same meaning.
  private struct Figures: Equatable {
    var replies: Int
    var timesOfDay: Int
    var dots: Int
    var backspaces: Int
    var sent: Int?
    var received: Int?
    var loss: String?
    var roundTrips: Int?
    var ending: RunningProgram.Ending

    init(_ outcome: RunningProgram.Outcome) {
      let (text, lines) = (outcome.text, outcome.text.split(separator: "\n"))
      replies = lines.count { $0.contains(" bytes from ") && $0.contains("seq=") && $0.hasSuffix(" ms") }
      timesOfDay = lines.count { $0.prefixMatch(of: /\[\d+\.\d{6}\] \d+ bytes from\s/) != nil }
      let flood = lines.dropFirst().first.map { $0.contains("\u{8}") ? $0 : "" } ?? ""
      (dots, backspaces) = (flood.count { $0 == "." }, flood.count { $0 == "\u{8}" })
      sent = text.firstMatch(of: /(\d+) (packets transmitted|sent),\s/).flatMap { Int($0.1) }
      received = text.firstMatch(of: /, (\d+) received/).flatMap { Int($0.1) }
      loss = text.firstMatch(of: /([\d.]+)% (packet )?loss, time \d+ ?ms/).map { String($0.1) }
      roundTrips = text.firstMatch(of: /rtt min\/avg\/max\/mdev = ([\d.\/]+) ms/).map {
        $0.1.split(separator: "/").count
      }
      ending = outcome.ending
    }
  }

  @Test(
    "prints the same kinds of lines for the same options, and has the same exit status",
    arguments: [
      "-c2 -i0.2", "-qnc2 -i.2", "-D -c2 -i0.2", "-fc20", "-f -q -c20", "-f -c 3 -i0.2", "-c1 -w5",
      "-w 1 -i0.3",
      "-c1 -t5 -s100", "-c1 -I127.0.0.1", "-I 127.0.0.2 -c1", "-c1 -Mdo", "-c1 -Q0", "-4c1 -W9",
      "-n -c 1 -s 0",
    ])
  func options(line: String) async throws {
    let listener = #"{ "name": "l", "transport": "udp", "port": 0 }"#
    try await RunningDaemon.with(#"{ "admin": null, "listeners": [\#(listener)] }"#) { daemon in
      let options = line.split(separator: " ").map(String.init)
      var theirs = Figures(try await RunningProgram.run(pingPath, options + ["127.0.0.1"]))
      let echo = "\(try daemon.endpoint(of: "l"))"
      var ours = Figures(try await RunningProgram.run(BuiltProgram.echoc, ["ping"] + options + [echo]))
      // How many fit into the time depends on the machine's load.
      if line.contains("-w") {
        let most = line.contains("-w5") ? 5 : 4
        #expect((1...most).contains(ours.replies) && ours.replies == ours.received)
        for path in [\Figures.sent, \.received] { (theirs[keyPath: path], ours[keyPath: path]) = (nil, nil) }
        (theirs.replies, ours.replies, theirs.loss, ours.loss) = (0, 0, nil, nil)
      }
      // In ping(8), an empty message has no room for a time.
      if line.contains("-s 0") { (theirs.replies, theirs.roundTrips) = (ours.replies, ours.roundTrips) }
      #expect(ours == theirs, "\(line)")
    }
  }

  @Test(
    "refuses the same values",
    arguments: ["-c x", "-t 256", "-w x", "-M foo", "-I 203.0.113.77 -c1", "-Z", "-qZ"])
  func refusals(line: String) async throws {
    let options = line.split(separator: " ").map(String.init) + ["127.0.0.1"]
    for (program, arguments) in [(pingPath, options), (BuiltProgram.echoc, ["ping"] + options)] {
      let outcome = try await RunningProgram.run(program, arguments)
      #expect(outcome.ending != .exit(0) && outcome.output.isEmpty && !outcome.errors.isEmpty, "\(program)")
    }
  }

  @Test("prints its figures on SIGQUIT in the same form")
  func figures() async throws {
    let form = /\r\d+\/\d+ (packets|messages), [\d.]+% loss, min\/avg\/ewma\/max = [\d.]+(\/[\d.]+){3} ms/
    try await PythonProgram.odd("udp_pausing").serve { port in
      for (program, arguments) in [
        (pingPath, ["127.0.0.1"]), (BuiltProgram.echoc, ["ping", "127.0.0.1:\(port)"]),
      ] {
        try await RunningProgram.with(program, arguments + ["-i0.2"]) { program in
          _ = try await program.line { $0.contains("seq=2 ") }
          program.signal(SIGQUIT)
          let line = try await program.line(on: .errors) { $0.contains("loss") }
          #expect(line.wholeMatch(of: form) != nil)
          program.signal(SIGINT)
          #expect(try await program.outcome().ending == .exit(0))
        }
      }
    }
  }

  @Test("gets its replies from the course's servers", arguments: ["udp", "tcp"])
  func course(transport: String) async throws {
    let server = transport == "udp" ? PythonProgram.courseUDPServer : .courseTCPServer
    try await server.serve { port in
      let options = ["-c3", "-i0.2"]
      let theirs = Figures(try await RunningProgram.run(pingPath, options + ["127.0.0.1"]))
      let endpoint = "\(transport)://127.0.0.1:\(port)"
      let ours = Figures(try await RunningProgram.run(BuiltProgram.echoc, ["ping"] + options + [endpoint]))
      #expect(ours == theirs)
    }
  }

  @Test(
    "gets its replies from xinetd and socat, over UDP and TCP, where ping(8) gets the host's",
    .enabled(if: TwoHosts.canBeMade, "network namespaces need root and ip(8)"))
  func otherEchoes() async throws {
    try await TwoHosts.with { hosts in
      try await withOtherEchoes(on: hosts.right) {
        let options = ["-c3", "-i0.2"]
        let theirs = try await figures([pingPath] + options + [hosts.right.address], on: hosts.left)
        #expect(theirs.replies == 3)
        for endpoint in ["", "tcp://"].flatMap({
          ["\($0)\(hosts.right.address)", "\($0)\(hosts.right.address):8"]
        }) {
          let command = [BuiltProgram.echoc, "ping"] + options + [endpoint]
          let answers = try await eventually {
            try await figures(command + ["-w1"], on: hosts.left).received == 3
          }
          try #require(answers, "\(endpoint) does not answer")
          #expect(try await figures(command, on: hosts.left) == theirs, "\(endpoint)")
        }
      }
    }
  }

  /// Runs xinetd's echo on port 7 of a host, and socat's on port 8.
  private func withOtherEchoes(on host: TwoHosts.Host, _ body: () async throws -> Void) async throws {
    let configuration = [("dgram", "udp", "yes"), ("stream", "tcp", "no")].map { type, transport, wait in
      """
      service echo
      {
        type = INTERNAL
        id = echo-\(type)
        socket_type = \(type)
        protocol = \(transport)
        user = root
        wait = \(wait)
      }

      """
    }.joined()
    try await TemporaryFile.with(configuration) { path in
      defer { unlink(path + ".pid") }
      let xinetd = host.wrapper + ["/usr/sbin/xinetd", "-dontfork", "-f", path, "-pidfile", path + ".pid"]
      let socats = ["UDP4-RECVFROM:8,fork", "TCP4-LISTEN:8,fork,reuseaddr"].map {
        host.wrapper + ["/usr/bin/socat", $0, "PIPE"]
      }
      try await withPrograms([xinetd] + socats, body)
    }
  }

  private func withPrograms(_ commands: [[String]], _ body: () async throws -> Void) async throws {
    guard let first = commands.first else { return try await body() }
    try await RunningProgram.with(first[0], Array(first.dropFirst())) { _ in
      try await withPrograms(Array(commands.dropFirst()), body)
    }
  }

  private func figures(_ command: [String], on host: TwoHosts.Host) async throws -> Figures {
    let whole = host.wrapper + command
    return Figures(try await RunningProgram.run(whole[0], Array(whole.dropFirst())))
  }
}
