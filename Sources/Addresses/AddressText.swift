import Glibc

extension IPAddress {
  /// Calls a body with the text of ``description``, in memory that is valid during the call. It allocates nothing.
  public func withText<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Self.longestText + 1) { text in
      if let v4 = v4Bits {
        var address = in_addr(s_addr: v4.bigEndian)
        inet_ntop(AF_INET, &address, text.baseAddress, socklen_t(text.count))
      } else {
        var address = in6
        inet_ntop(AF_INET6, &address, text.baseAddress, socklen_t(text.count))
      }
      let count = text.firstIndex(of: 0) ?? 0
      return body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(text)[..<count]))
    }
  }
}

extension IPAddress: CustomStringConvertible {
  /// The usual text form: dotted for IPv4, RFC 5952 for IPv6. See inet_ntop(3).
  public var description: String { withText { String(decoding: $0, as: UTF8.self) } }
}
