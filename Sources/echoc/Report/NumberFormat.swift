import EchoCore

// Numbers as text for people.

extension Double {
  /// The number, finite and below 10^15, rounded to that many digits after the point.
  func text(digits: Int) -> String {
    let scale = (0..<digits).reduce(1) { scale, _ in scale * 10 }
    let scaled = Int((magnitude * Double(scale)).rounded())
    let sign = self < 0 && scaled > 0 ? "-" : ""
    guard digits > 0 else { return "\(sign)\(scaled)" }
    return "\(sign)\(scaled / scale).\(padded(scaled % scale, to: digits))"
  }
}

extension Int64 {
  /// Nanoseconds in a unit that fits, with 3 significant digits: `850 ns`, `12.5 µs`, `1.25 ms`, `3.10 s`.
  var durationText: String {
    let units = [("ns", 1.0), ("µs", 1e3), ("ms", 1e6)]
    // 999.5 would be rounded to a number of 4 digits.
    let (unit, scale) = units.first { Double(magnitude) / $0.1 < 999.5 } ?? ("s", 1e9)
    let value = Double(self) / scale
    let digits = unit == "ns" || value.magnitude >= 99.95 ? 0 : value.magnitude < 9.995 ? 2 : 1
    return "\(value.text(digits: digits)) \(unit)"
  }
}

extension UInt8 {
  /// `0x41`.
  var hexadecimal: String { "0x" + padded(self, to: 2, radix: 16) }
}
