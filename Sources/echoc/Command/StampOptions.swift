import ArgumentParser
import EchoCore

/// The options of `echoc ping` that are only for servers with `stamp://`.
struct StampOptions: ParsableArguments {
  @Flag(help: "With stamp://, show one-way times even if the clocks may differ.")
  var oneWay = false

  @Flag(help: "With stamp://, send timestamps in PTP format instead of NTP format.")
  var ptp = false

  @Flag(help: "With stamp://, ask the reflector how many messages it has received and sent.")
  var directMeasurement = false

  /// Throws if one of the options is given and the server is not a STAMP reflector.
  func validate(for endpoint: ServerEndpoint) throws {
    guard endpoint.scheme != .stamp else { return }
    let flags = [("--one-way", oneWay), ("--ptp", ptp), ("--direct-measurement", directMeasurement)]
    if let flag = flags.first(where: \.1) { throw ValidationError("\(flag.0) is for stamp:// only") }
  }

  /// What the options ask for, together with those of every ping. `bytes` is `nil` if the user gives no size.
  func plan(_ ping: PingPlan, bytes: Int?) -> StampPlan {
    StampPlan(
      format: ptp ? .ptp : .ntp, dscp: ping.packets.trafficClass.map { $0 >> 2 },
      measuresDirectly: directMeasurement,
      showsOneWay: oneWay, hopLimit: ping.packets.hopLimit ?? StampPlan.usualHopLimit, messageBytes: bytes)
  }
}
