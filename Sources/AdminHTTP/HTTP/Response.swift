/// An answer, ready to be written.
public struct Response: Hashable, Sendable {
  /// What becomes of the connection after the answer (RFC 9112, section 9.3).
  public enum Connection: Hashable, Sendable {
    /// It is closed, and the client is told.
    case close
    /// It stays open, as HTTP/1.1 has it by default.
    case persistent
    /// It stays open, and the client is told, for HTTP/1.0 would close it.
    case keepAlive
  }

  /// A field of the header section.
  public struct Field: Hashable, Sendable {
    /// The name.
    public var name: String
    /// The value.
    public var value: String

    /// Makes a field of a name and a value that need no check: ours, never a client's.
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// The status.
  public var status: Status
  /// The content's media type.
  public var contentType: String
  /// The content; its length is told to HEAD too.
  public var content: [UInt8]
  /// Fields besides those that every response has.
  public var fields: [Field] = []
  /// Whether the content stays at home, because the method is HEAD (RFC 9110, section 9.3.2).
  public var omitsContent = false
  /// Whether the connection must be closed once this is written.
  public var connection = Connection.close

  /// Makes a response that closes its connection.
  public init(status: Status, contentType: String, content: String) {
    self.status = status
    self.contentType = contentType
    self.content = Array(content.utf8)
  }

  /// Makes a response of one sentence, for people.
  public init(status: Status, sentence: String) {
    self.init(status: status, contentType: Self.plainText, content: sentence + "\n")
  }

  /// The bytes of the response (RFC 9112, section 4). The version is the highest that is spoken here, whatever the
  /// client's (RFC 9110, section 2.5). There is no Date: this module has no clock (RFC 9110, section 6.6.1).
  public func encoded() -> [UInt8] {
    var head = "HTTP/1.1 \(status.rawValue) \(status.phrase)\r\n"
    for field in allFields { head += "\(field.name): \(field.value)\r\n" }
    head += "\r\n"
    return omitsContent ? Array(head.utf8) : Array(head.utf8) + content
  }

  private var allFields: [Field] {
    let common = [
      Field("Content-Type", contentType), Field("Content-Length", "\(content.count)"),
      // Figures are of one moment, and no browser is to guess at their type.
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
