import EchoCore

/// Times in nanoseconds, of which only the distribution is known. All figures are 0 if there are none.
protocol Distribution {
  var count: Int { get }
  var minimum: Int64 { get }
  var mean: Int64 { get }
  var maximum: Int64 { get }
  /// A percentile, from 0 to 100.
  func percentile(_ percentile: Double) -> Int64
}

extension Distribution {
  /// Minimum, mean, maximum and percentiles in a unit of that many nanoseconds; `null` if there are none.
  func json(percentiles: [(name: String, value: Double)], nanosecondsPerUnit unit: Double) -> JSONValue {
    guard count > 0 else { return .null }
    let extremes = [("min", minimum), ("mean", mean), ("max", maximum)]
    let values = extremes + percentiles.map { ($0.name, percentile($0.value)) }
    return .object(values.map { JSONValue.Member($0.0, .number(Double($0.1) / unit)) })
  }
}
