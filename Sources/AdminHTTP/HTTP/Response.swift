import EchoCore

/// A response to a request.
public struct Response: Hashable, Sendable {
  /// What happens to the connection after the response (RFC 9112, section 9.3).
  public enum Connection: Hashable, Sendable {
    /// It is closed, as the response says.
    case close
    /// It stays open, which is HTTP/1.1's default.
    case persistent
    /// It stays open, as the response says, because HTTP/1.0's default is to close it.
    case keepAlive
  }

  /// A field of the header section.
  public struct Field: Hashable, Sendable {
    /// The name.
    public let name: String
    /// The value.
    public let value: String
  }

  /// The status.
  public var status: Status
  /// The content's media type.
  public var contentType: String
  /// The content, whose length is also in the response to HEAD.
  public var content: [UInt8]
  /// Fields that only some responses have.
  public var fields: [Field] = []
  /// Whether the content is not sent, because the method is HEAD (RFC 9110, section 9.3.2).
  public var omitsContent = false
  /// What happens to the connection after the response.
  public var connection = Connection.close

  /// Makes a response that closes its connection.
  public init(status: Status, contentType: String, content: String) {
    self.status = status
    self.contentType = contentType
    self.content = Array(content.utf8)
  }

  /// Makes a response of one sentence in plain text.
  public init(status: Status, sentence: String) {
    self.init(status: status, contentType: Self.plainText, content: sentence + "\n")
  }

  /// The bytes of the response (RFC 9112, section 4). The version is the highest supported one, whatever the client's
  /// is (RFC 9110, section 2.5).
  ///
  /// - Parameter date: the time of the Date field (RFC 9110, section 6.6.1), in seconds since 1970.
  public func encoded(date: Int) -> [UInt8] {
    var head =
      "HTTP/1.1 \(status.rawValue) \(status.phrase)\r\nDate: \(Timestamp.httpDate(secondsSince1970: date))\r\n"
    // With 204 a length is forbidden (RFC 9110, section 8.6).
    if status != .noContent { head += "Content-Type: \(contentType)\r\nContent-Length: \(content.count)\r\n" }
    // The content changes all the time, and browsers must not guess its type.
    head += "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
    for field in fields { head += "\(field.name): \(field.value)\r\n" }
    switch connection {
    case .close: head += "Connection: close\r\n"
    case .persistent: break
    case .keepAlive: head += "Connection: keep-alive\r\n"
    }
    head += "\r\n"
    return omitsContent ? Array(head.utf8) : Array(head.utf8) + content
  }

  /// Says that the response depends on a request's Accept field (RFC 9110, section 12.5.5).
  mutating func varyByAccept() { fields.append(Field(name: "Vary", value: "Accept")) }

  static let plainText = "text/plain; charset=utf-8"
}
