/// Parses the requests of one connection (RFC 9112), however the bytes were split.
///
/// Append what was received, then call ``next()`` until there is no request, then receive again. The parser holds at
/// most an incomplete head (``HTTPLimits/requestBytes``) and what was appended last. It ignores everything after an
/// error, or after a request that ends its connection.
public struct RequestParser: Sendable {
  private enum Stage {
    case requestLine(emptyLines: Int)
    case fields(RequestLine, bytesLeft: Int)
    case content(Request, bytesLeft: Int)
    /// The last request of the connection was returned.
    case ended
    case failed(RequestError)
  }

  private var stage = Stage.requestLine(emptyLines: 0)
  private var input = LineBuffer()
  private var fields = HeaderFields()
  private var overflowed = false

  /// Makes a parser for a connection.
  public init() {}

  /// Adds received bytes.
  public mutating func append(_ bytes: UnsafeRawBufferPointer) {
    switch stage {
    case .ended, .failed: return
    case .requestLine, .fields, .content: break
    }
    guard input.count < HTTPLimits.requestBytes else {
      overflowed = true
      return
    }
    input.append(bytes)
  }

  /// The next complete request; `nil` when more bytes are needed, or after the last request of the connection.
  ///
  /// An error ends the connection, and is thrown again by later calls.
  public mutating func next() throws(RequestError) -> Request? {
    do throws(RequestError) {
      let request = try advance()
      // The caller appended too much without calling this: bytes are missing, so the rest cannot be trusted.
      guard request != nil || !overflowed else { throw Self.headTooLong }
      return request
    } catch {
      var error = error
      if case .fields(let line, _) = stage { error.omitsContent = line.method == "HEAD" }
      stage = .failed(error)
      input.removeAll()
      fields = HeaderFields()
      throw error
    }
  }

  /// Whether the connection is idle: no byte of another request has been received.
  public var isEmpty: Bool {
    switch stage {
    case .requestLine: input.count == 0
    case .ended: true
    case .fields, .content, .failed: false
    }
  }

  private mutating func advance() throws(RequestError) -> Request? {
    while true {
      switch stage {
      case .requestLine(let emptyLines):
        guard let line = try line(limit: HTTPLimits.requestLineBytes, orElse: Self.lineTooLong) else {
          return nil
        }
        stage = try Self.stage(after: line, emptyLines: emptyLines)
      case .fields(let requestLine, let bytesLeft):
        let before = input.count
        guard let line = try line(limit: bytesLeft, orElse: Self.headTooLong) else { return nil }
        if line.isEmpty {
          let head = try RequestHead(requestLine, fields)
          fields = HeaderFields()
          stage = .content(head.request, bytesLeft: head.contentBytes)
        } else {
          try fields.append(line)
          stage = .fields(requestLine, bytesLeft: bytesLeft - (before - input.count))
        }
      case .content(let request, let bytesLeft):
        let missing = bytesLeft - input.drop(bytesLeft)
        guard missing == 0 else {
          stage = .content(request, bytesLeft: missing)
          return nil
        }
        finish(request)
        return request
      case .ended: return nil
      case .failed(let error): throw error
      }
    }
  }

  private static func stage(
    after line: ArraySlice<UInt8>, emptyLines: Int
  ) throws(RequestError) -> Stage {
    // Old clients send an empty line after their content (RFC 9112, section 2.2).
    if line.isEmpty, emptyLines < HTTPLimits.leadingEmptyLines {
      return .requestLine(emptyLines: emptyLines + 1)
    }
    return .fields(try RequestLine(line), bytesLeft: HTTPLimits.headerSectionBytes)
  }

  private mutating func finish(_ request: Request) {
    if request.wantsKeepAlive {
      stage = .requestLine(emptyLines: 0)
      // An idle connection needs no buffer.
      if input.count == 0 { input.removeAll() }
    } else {
      // What follows a request with `close` is not processed (RFC 9112, section 9.6).
      stage = .ended
      overflowed = false
      input.removeAll()
    }
  }
}

extension RequestParser {
  private static let lineTooLong = RequestError(
    status: .uriTooLong, reason: "A request line can have at most \(HTTPLimits.requestLineBytes) bytes.")

  private static let headTooLong = RequestError(
    status: .requestHeaderFieldsTooLarge,
    reason: "A header section can have at most \(HTTPLimits.headerSectionBytes) bytes.")

  private mutating func line(
    limit: Int, orElse tooLong: RequestError
  ) throws(RequestError) -> ArraySlice<UInt8>? {
    do {
      return try input.takeLine(limit: limit)
    } catch {
      switch error {
      case .tooLong: throw tooLong
      case .bareCarriageReturn: throw .malformed("A carriage return is not followed by a line feed.")
      case .control: throw .malformed("The request contains a control character.")
      }
    }
  }
}

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
