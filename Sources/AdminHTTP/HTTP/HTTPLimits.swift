/// The limits of a request.
public enum HTTPLimits {
  /// A request line with its line end, in bytes; the response to a longer one is 414.
  public static let requestLineBytes = 2048
  /// All field lines and the empty line after them, in bytes; beyond, the response is 431.
  public static let headerSectionBytes = 8192
  /// Field lines of a request; beyond, the response is 431.
  public static let fields = 64
  /// The content of a request in bytes, which is read and discarded; beyond, the response is 413.
  public static let contentBytes = 4096
  /// Empty lines before a request line that are ignored (RFC 9112, section 2.2).
  public static let leadingEmptyLines = 1
  /// A parser that holds this many bytes, the longest head, takes no more until ``RequestParser/next()`` is called.
  public static let requestBytes = requestLineBytes + headerSectionBytes
}
