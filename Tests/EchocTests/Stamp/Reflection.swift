import EchoCore

@testable import echoc

/// 2026-11-26T00:00:00Z in nanoseconds since 1970.
let midnight: Int64 = 1_795_651_200_000_000_000

/// The clocks so many microseconds after that, when the machine had run for 1,000 s.
func clocks(_ microseconds: Int64, setBy step: Int64 = 0) -> ClockReading {
  ClockReading(
    monotonic: 1_000_000_000_000 + microseconds * 1000, epoch: midnight + (microseconds + step) * 1000)
}

/// The reply of a correct reflector to a request, for tests to change.
struct Reflection {
  var message: StampReply
  /// What follows the base message.
  var rest: [UInt8]

  /// - Parameters:
  ///   - arrival: when the request arrived, in microseconds after ``midnight`` by the reflector's clock.
  ///   - departure: when the reply left.
  init(
    to request: [UInt8], sequence: UInt32 = 0, arrival: Int64, departure: Int64, hopLimit: UInt8 = 254,
    format: StampTimeFormat = .ntp, clockError: Int64? = nil
  ) {
    guard let parsed = request.withUnsafeBytes({ StampRequest(reading: $0) }) else {
      preconditionFailure("not a request")
    }
    message = StampReply(
      to: parsed, sequence: sequence, timestamp: format.timestamp(of: midnight + departure * 1000),
      errorEstimate: StampErrorEstimate(clockError: clockError, format: format),
      receiveTimestamp: format.timestamp(of: midnight + arrival * 1000), hopLimit: hopLimit)
    rest = Array(request.dropFirst(StampMessage.baseBytes))
  }

  var bytes: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: StampMessage.baseBytes)
    bytes.withUnsafeMutableBytes { message.write(to: $0) }
    return bytes + rest
  }
}

/// A session without a socket.
struct Dialogue {
  var statistics: StampStatistics

  init(_ plan: StampPlan = StampPlan(), sessionID: UInt16 = 0xBEEF) {
    statistics = StampStatistics(plan, StampRequests(plan, sessionID: sessionID))
  }

  /// Sends a message, and returns its request.
  mutating func send(at now: ClockReading, clockError: Int64? = nil) -> [UInt8] {
    let estimate = StampErrorEstimate(clockError: clockError, format: statistics.requests.format)
    let (_, variables) = statistics.begin(at: now, estimate)
    return statistics.requests.request(variables)
  }

  mutating func take(
    _ bytes: [UInt8], at now: ClockReading, kernelTime: Int64? = nil, trafficClass: UInt8? = nil
  ) -> StampVerdict {
    statistics.judge(
      StampArrival(bytes: bytes[...], taken: now, kernelTime: kernelTime, trafficClass: trafficClass))
  }
}

extension StampVerdict {
  var measurement: StampMeasurement? { if case .reply(let measurement) = self { measurement } else { nil } }
  var fault: StampFault? { if case .wrong(_, let fault) = self { fault } else { nil } }
}
