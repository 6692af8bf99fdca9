/// The bounds of what a client may ask the admin socket to hold.
public enum HTTPLimits {
  /// A request line with its line end, in bytes; a longer one is answered with 414.
  public static let requestLineBytes = 2048
  /// All field lines and the empty line after them, in bytes; more is answered with 431.
  public static let headerSectionBytes = 8192
  /// Field lines of one request; more is answered with 431.
  public static let fields = 64
  /// A request's content in bytes, which is read and thrown away; more is answered with 413.
  public static let contentBytes = 4096
  /// Empty lines before a request line that are passed over (RFC 9112, section 2.2).
  public static let leadingEmptyLines = 1
  /// A parser that holds this many bytes takes no more before ``RequestParser/next()`` was asked: a head is not
  /// longer.
  public static let requestBytes = requestLineBytes + headerSectionBytes
}
