import Addresses
import ArgumentParser
import Sockets

/// The options of `echoc ping` that say what is sent and what is shown, most of them as ping(8) has them.
struct PingOptions: ParsableArguments {
  private static let seconds = 0.001...86_400
  private static let secondsText = "0.001 to 86400"
  private static let dscps = 0...63
  private static let hopLimits = 1...255
  /// The longest wait for a reply in a flood before the next message is sent: 100 messages a second, as in ping(8).
  private static let floodSeconds = 0.01

  @Option(
    name: .customShort("c"),
    help: ArgumentHelp(
      """
      Messages to send; 0 means until Ctrl-C or SIGTERM. With -w, send messages until this many have been \
      answered.
      """, valueName: "count"))
  var count = 0

  @Option(
    name: .customShort("i"),
    help: ArgumentHelp("Seconds between messages: \(secondsText). The default is 1.", valueName: "seconds"))
  var interval: Double?

  @Option(
    name: .customShort("s"),
    help: ArgumentHelp(
      LinkLimits.messageBytesHelp + " The default is 56; with stamp://, the smallest possible, at least 44.",
      valueName: "bytes"))
  var size: Int?

  @Option(
    name: .customShort("W"),
    help: ArgumentHelp(
      "Seconds to wait for the last replies; over TCP, for each reply: \(secondsText).", valueName: "seconds")
  )
  var wait = 5.0

  @Option(
    name: .customShort("w"),
    help: ArgumentHelp(
      "Seconds after which to end, however many replies have come: \(secondsText).", valueName: "seconds"))
  var deadline: Double?

  @Flag(
    name: .customShort("f"),
    help: """
      Flood: send the next message as soon as a reply arrives, or after 10 ms without one; with -i, only after that \
      interval. Print a dot for each message, and erase it when its reply arrives.
      """)
  var flood = false

  @Option(
    name: .customShort("I"),
    help: ArgumentHelp(
      "Send from this address, which the machine must have.", valueName: "address"),
    transform: { try SourceAddress($0).endpoint })
  var source: Endpoint?

  @Option(
    name: .customShort("t"),
    help: ArgumentHelp("The time to live, or hop limit: \(hopLimits.text).", valueName: "ttl"))
  var hopLimit: Int?

  @Option(
    name: .customShort("Q"),
    help: ArgumentHelp(
      "The DSCP: \(dscps.text). In ping(8), -Q is the whole byte: 4 times the DSCP.", valueName: "dscp"))
  var dscp: Int?

  @Option(
    name: .customShort("M"),
    help: ArgumentHelp(
      "With the value do, refuse messages that are too long for the path instead of fragmenting them.",
      valueName: "do"))
  var fragmentation: String?

  @Flag(name: .customShort("q"), help: "Print only the first line and the summary.")
  var quiet = false

  @Flag(name: .customShort("D"), help: "Print the time of day before each line, in seconds since 1970.")
  var timeOfDay = false

  @Flag(name: .customShort("n"), help: "No effect: echoc always shows addresses, not names.")
  var numeric = false

  @Flag(help: "Draw the distribution of the round trips after the summary.")
  var histogram = false

  @Flag(help: "Print only the summary, as JSON.")
  var json = false

  @Flag(help: "Print each reply and the summary as JSON, one object per line.")
  var jsonLines = false

  func validate() throws {
    guard count >= 0 else { throw ValidationError("-c \(count) is not a count") }
    try Self.check(interval, of: "-i", in: Self.seconds, Self.secondsText)
    try Self.check(wait, of: "-W", in: Self.seconds, Self.secondsText)
    try Self.check(deadline, of: "-w", in: Self.seconds, Self.secondsText)
    try Self.check(hopLimit, of: "-t", in: Self.hopLimits, Self.hopLimits.text)
    try Self.check(dscp, of: "-Q", in: Self.dscps, Self.dscps.text)
    if let fragmentation, fragmentation != "do" {
      throw ValidationError("-M \(fragmentation) is not available: use -M do, or leave it out")
    }
    if json, jsonLines { throw ValidationError("--json and --json-lines cannot be combined") }
    if histogram, json || jsonLines { throw ValidationError("--histogram cannot be combined with JSON") }
  }

  /// Throws if an option's value is not in its range.
  // If this is inlined, the compiler orders its code differently from build to build, so that packages differ.
  @inline(never)
  private static func check<Value: Comparable>(
    _ value: Value?, of option: String, in range: ClosedRange<Value>, _ text: String
  ) throws(ValidationError) {
    guard let value, !range.contains(value) else { return }
    throw ValidationError("\(option) \(value) is not in the range \(text)")
  }

  /// Throws if the source is not of the family that the server is reached over, if that is known.
  func validate(for server: ServerEndpoint, _ family: AddressFamily?) throws {
    guard let source else { return }
    let other = ZonedAddress(server.host).map { AddressFamily(of: $0.address) } ?? family
    guard other == nil || other == AddressFamily(of: source.address) else {
      throw ValidationError("-I \(source.zonedAddress) is not of the same family as the server's address")
    }
  }

  /// The family to use: the one that was chosen, or that of the source; `nil` for both.
  func family(_ chosen: AddressFamily?) -> AddressFamily? {
    chosen ?? source.map { AddressFamily(of: $0.address) }
  }

  /// What the options ask for.
  var plan: PingPlan {
    var plan = PingPlan()
    plan.count = count
    plan.interval = Int64((interval ?? (flood ? Self.floodSeconds : 1)) * 1e9)
    plan.timeout = Int64(wait * 1e9)
    plan.deadline = deadline.map { Int64($0 * 1e9) }
    plan.messageBytes = size ?? plan.messageBytes
    plan.packets.source = source
    plan.packets.hopLimit = hopLimit.map { UInt8($0) }
    plan.packets.trafficClass = dscp.map { UInt8($0 << 2) }
    plan.packets.dontFragment = fragmentation != nil
    plan.isFlood = flood && interval == nil
    plan.output =
      switch (json, jsonLines) {
      case (_, true): quiet ? .jsonSummary : .jsonLines
      case (true, _): .json
      default: quiet ? .quiet : flood ? .dots : .lines
      }
    plan.showsTimeOfDay = timeOfDay
    plan.showsHistogram = histogram
    return plan
  }
}
