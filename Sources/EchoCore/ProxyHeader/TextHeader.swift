import Addresses

extension ProxyHeader {
  /// The longest header of version 1, with its CR and LF.
  static let textLimit = 107

  /// Reads a header of version 1: `PROXY TCP4 192.0.2.7 192.0.2.1 40000 7`, CR, LF. See the specification, section 2.1.
  static func text(_ bytes: UnsafeRawBufferPointer) throws(Failure) -> ProxyHeader {
    var line = TextHeader(bytes)
    var header = ProxyHeader(version: 1, command: .proxy, byteCount: 0)
    try line.take("PROXY ")
    if try line.peek() == UInt8(ascii: "U") {
      try line.take("UNKNOWN")
      try line.skipRest()
    } else {
      try line.take("TCP")
      let (source, destination) = try line.addresses()
      try line.take(" ")
      header.source = Endpoint(address: source, port: UInt16(try line.number(atMost: 65_535)))
      try line.take(" ")
      header.destination = Endpoint(address: destination, port: UInt16(try line.number(atMost: 65_535)))
    }
    try line.take("\r\n")
    header.byteCount = line.position
    return header
  }
}

/// Reads the parts of a line, one after the other. Where the line ends too early, each throws `incomplete`, or
/// `invalid` if the line would be too long.
private struct TextHeader {
  private let bytes: Slice<UnsafeRawBufferPointer>
  /// How many bytes were read.
  private(set) var position = 0

  init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes.prefix(ProxyHeader.textLimit)
  }

  /// The next byte, without taking it.
  func peek() throws(ProxyHeader.Failure) -> UInt8 {
    guard position < bytes.count else {
      throw bytes.count == ProxyHeader.textLimit ? .invalid : .incomplete
    }
    return bytes[position]
  }

  /// Takes these characters.
  mutating func take(_ text: StaticString) throws(ProxyHeader.Failure) {
    for index in 0..<text.utf8CodeUnitCount {
      guard try peek() == text.utf8Start[index] else { throw .invalid }
      position += 1
    }
  }

  /// Takes the rest of a line that says nothing, up to its CR.
  mutating func skipRest() throws(ProxyHeader.Failure) {
    guard try peek() == UInt8(ascii: " ") else { return }
    while try peek() != UInt8(ascii: "\r") { position += 1 }
  }

  /// Takes a decimal number without leading zeros.
  mutating func number(atMost limit: Int) throws(ProxyHeader.Failure) -> Int {
    let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
    guard isDigit(try peek()) else { throw .invalid }
    var value = Int(bytes[position] - 0x30)
    position += 1
    while isDigit(try peek()) {
      // A zero that another digit follows.
      guard value > 0 else { throw .invalid }
      value = value * 10 + Int(bytes[position] - 0x30)
      guard value <= limit else { throw .invalid }
      position += 1
    }
    return value
  }

  /// Takes the digit of a family and two addresses of it.
  mutating func addresses() throws(ProxyHeader.Failure) -> (source: IPAddress, destination: IPAddress) {
    if try peek() == UInt8(ascii: "4") {
      try take("4 ")
      let source = try ipv4()
      try take(" ")
      return (source, try ipv4())
    }
    try take("6 ")
    let source = try ipv6()
    try take(" ")
    return (source, try ipv6())
  }

  private mutating func ipv4() throws(ProxyHeader.Failure) -> IPAddress {
    var bits = UInt32(try number(atMost: 255))
    for _ in 1..<4 {
      try take(".")
      bits = bits << 8 | UInt32(try number(atMost: 255))
    }
    return IPAddress(v4: bits)
  }

  private mutating func ipv6() throws(ProxyHeader.Failure) -> IPAddress {
    let start = position
    while try peek() != UInt8(ascii: " ") {
      guard Self.isOfIPv6(bytes[position]), position - start < IPAddress.longestText else { throw .invalid }
      position += 1
    }
    guard let address = IPAddress(ipv6: UnsafeRawBufferPointer(rebasing: bytes[start..<position])) else {
      throw .invalid
    }
    return address
  }

  private static func isOfIPv6(_ byte: UInt8) -> Bool {
    switch byte {
    // 0 to 9, and the colon that follows them.
    case 0x30...0x3A, UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"),
      UInt8(ascii: "."):
      true
    default: false
    }
  }
}
