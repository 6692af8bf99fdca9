import ArgumentParser

/// The options of `echoc ping` that say what is sent and what is shown.
struct PingOptions: ParsableArguments {
  private static let seconds = 0.001...86_400
  private static let secondsText = "0.001 to 86400"

  @Option(
    name: .customShort("c"),
    help: ArgumentHelp("Messages to send; 0 means until Ctrl-C or SIGTERM.", valueName: "count"))
  var count = 0

  @Option(
    name: .customShort("i"),
    help: ArgumentHelp("Seconds between messages: \(secondsText).", valueName: "seconds"))
  var interval = 1.0

  @Option(
    name: .customShort("s"),
    help: ArgumentHelp(LinkLimits.messageBytesHelp, valueName: "bytes"))
  var size = 56

  @Option(
    name: .customShort("W"),
    help: ArgumentHelp(
      "Seconds to wait for the last replies; over TCP, for each reply: \(secondsText).", valueName: "seconds")
  )
  var wait = 5.0

  @Flag(help: "Print only the summary, as JSON.")
  var json = false

  func validate() throws {
    guard count >= 0 else { throw ValidationError("-c \(count) is not a count") }
    for (option, value) in [("-i", interval), ("-W", wait)] where !Self.seconds.contains(value) {
      throw ValidationError("\(option) \(value) is not in the range \(Self.secondsText)")
    }
  }

  /// What the options ask for.
  var plan: PingPlan {
    var plan = PingPlan()
    plan.count = count
    plan.interval = Int64(interval * 1e9)
    plan.timeout = Int64(wait * 1e9)
    plan.messageBytes = size
    plan.output = json ? .json : .lines
    return plan
  }
}
