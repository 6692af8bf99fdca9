/// Parses the requests of one connection (RFC 9112), however the bytes were split.
///
/// Append what was received, then call ``next()`` until there is no request, then receive again. The parser holds at
/// most an incomplete head (``HTTPLimits/requestBytes``) and what was appended last. It ignores everything after an
/// error, or after a request that ends its connection.
public struct RequestParser: Sendable {
  private enum Stage {
    case requestLine(emptyLines: Int)
    case fields(RequestLine, bytesLeft: Int)
    case content(Request, RequestContent)
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
      guard request != nil || !overflowed else { throw .headTooLong }
      return request
    } catch {
      var error = error
      if method == "HEAD" { error.omitsContent = true }
      stage = .failed(error)
      input.removeAll()
      fields = HeaderFields()
      throw error
    }
  }

  /// The error for a client that does not send the rest of its request in time.
  public var timedOut: RequestError {
    var error = RequestError(status: .requestTimeout, reason: "The request did not arrive in time.")
    error.omitsContent = method == "HEAD"
    return error
  }

  /// The method of the request that is being read, once it is known.
  private var method: String? {
    switch stage {
    case .fields(let line, _): line.method
    case .content(let request, _): request.method
    case .requestLine, .ended, .failed: nil
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
        let limit = HTTPLimits.requestLineBytes
        guard let line = try line(limit: limit, orElse: Self.lineTooLong) else { return nil }
        stage = try Self.stage(after: line, emptyLines: emptyLines)
      case .fields(let requestLine, let bytesLeft):
        let before = input.count
        guard let line = try line(limit: bytesLeft, orElse: .headTooLong) else { return nil }
        if line.isEmpty {
          let head = try RequestHead(requestLine, fields)
          fields = HeaderFields()
          stage = .content(head.request, head.content)
        } else {
          try fields.append(line)
          stage = .fields(requestLine, bytesLeft: bytesLeft - (before - input.count))
        }
      case .content(let request, var content):
        guard try content.discard(from: &input) else {
          stage = .content(request, content)
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
    do throws(RequestError) {
      return .fields(try RequestLine(line), bytesLeft: HTTPLimits.headerSectionBytes)
    } catch {
      var error = error
      error.omitsContent = line.starts(with: "HEAD ".utf8)
      throw error
    }
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

  private mutating func line(
    limit: Int, orElse tooLong: RequestError
  ) throws(RequestError) -> ArraySlice<UInt8>? {
    do {
      return try input.takeLine(limit: limit)
    } catch {
      switch error {
      case .tooLong:
        // The first space ends the method.
        let isMethod = method == nil && !input.contains(UInt8(ascii: " "), inFirst: limit)
        throw isMethod ? .malformed("The method is too long.") : tooLong
      case .bareCarriageReturn: throw .malformed("A carriage return is not followed by a line feed.")
      case .bareLineFeed, .control: throw .malformed("The request contains a control character.")
      }
    }
  }
}

extension RequestError {
  static let headTooLong = RequestError(
    status: .requestHeaderFieldsTooLarge,
    reason: "A header or trailer section can have at most \(HTTPLimits.headerSectionBytes) bytes.")
}

/// The limits of a request.
public enum HTTPLimits {
  /// A request line with its line end, in bytes; the response to a longer one is 414, or 400 if the method alone is
  /// longer. RFC 9112, section 3 asks for at least 8000.
  public static let requestLineBytes = 8192
  /// A header or trailer section: its field lines and the empty line after them, in bytes; beyond, the response is 431.
  public static let headerSectionBytes = 8192
  /// Field lines of a header or trailer section; beyond, the response is 431.
  public static let fields = 64
  /// The content of a request in bytes, which is read and discarded; beyond, the response is 413.
  public static let contentBytes = 4096
  /// The line with the size and the extensions of a chunk, with its line end, in bytes; beyond, the response is 400.
  public static let chunkLineBytes = 256
  /// Content in chunks, sizes and extensions included, in bytes; beyond, the response is 413.
  public static let chunkedBytes = 8 * contentBytes
  /// Empty lines before a request line that are ignored (RFC 9112, section 2.2).
  public static let leadingEmptyLines = 1
  /// A parser that holds this many bytes, the longest head, takes no more until ``RequestParser/next()`` is called.
  public static let requestBytes = requestLineBytes + headerSectionBytes
  /// The longest request: its head, its content in chunks, and the trailer section.
  public static let wholeRequestBytes = requestBytes + chunkedBytes + headerSectionBytes
}
