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
    public var name: String
    /// The value.
    public var value: String

    /// Makes a field. The name and the value are not checked, so they must not come from a client.
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// The status.
  public var status: Status
  /// The content's media type.
  public var contentType: String
  /// The content, whose length is also in the response to HEAD.
  public var content: [UInt8]
  /// Fields in addition to those that every response has.
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
  /// is (RFC 9110, section 2.5). There is no Date field, because this module has no clock (RFC 9110, section 6.6.1).
  public func encoded() -> [UInt8] {
    var head = "HTTP/1.1 \(status.rawValue) \(status.phrase)\r\n"
    for field in allFields { head += "\(field.name): \(field.value)\r\n" }
    head += "\r\n"
    return omitsContent ? Array(head.utf8) : Array(head.utf8) + content
  }

  private var allFields: [Field] {
    let common = [
      Field("Content-Type", contentType), Field("Content-Length", "\(content.count)"),
      // The content changes all the time, and browsers must not guess its type.
      Field("Cache-Control", "no-store"), Field("X-Content-Type-Options", "nosniff"),
    ]
    switch connection {
    case .close: return common + fields + [Field("Connection", "close")]
    case .persistent: return common + fields
    case .keepAlive: return common + fields + [Field("Connection", "keep-alive")]
    }
  }

  static let plainText = "text/plain; charset=utf-8"
}
