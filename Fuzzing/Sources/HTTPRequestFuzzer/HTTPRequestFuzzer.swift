import Addresses
import AdminHTTP
import EchoCore
import LibFuzzer

/// Any bytes are parsed and answered without a crash; how they were split changes nothing; every response is as long
/// as it says.
@main
enum HTTPRequestFuzzer {
  static func main() {
    fuzz { start, count in
      HTTPRequestFuzzer.check(UnsafeRawBufferPointer(start: start, count: count))
      return 0
    }
  }

  private static func check(_ bytes: UnsafeRawBufferPointer) {
    let whole = outcome(bytes) { bytes.count }
    var randomness = Randomness(seed: bytes)
    // Small pieces find the places between two bytes, large ones what depends on a buffer's size.
    let longest = [1, 7, 100, 5000][Int(randomness.next() % 4)]
    let split = outcome(bytes) { 1 + Int(randomness.next() % UInt64(longest)) }
    require(whole == split, "the outcome depends on how the bytes were split:\n\(whole)\n\(split)")

    for request in whole.requests {
      let routed = router.route(request)
      let response = routed.response(state: .running, finding: routed.inquiry.map(finding))
      checkLength(of: response)
      require(response.omitsContent == (request.method == "HEAD"), "HEAD and no other goes without content")
      require(response.connection == .close || request.wantsKeepAlive, "a connection stays open unasked")
    }
    if let error = whole.error { checkLength(of: router.respond(to: error)) }
  }

  private struct Outcome: Equatable {
    var requests: [Request] = []
    var error: RequestError?
    var isEmpty = false
  }

  /// What a connection makes of the bytes when they come in pieces of these sizes.
  private static func outcome(_ bytes: UnsafeRawBufferPointer, size: () -> Int) -> Outcome {
    var parser = RequestParser()
    var outcome = Outcome()
    var rest = bytes[...]
    do throws(RequestError) {
      repeat {
        let piece = rest.prefix(size())
        rest = rest.dropFirst(piece.count)
        parser.append(UnsafeRawBufferPointer(rebasing: piece))
        while let request = try parser.next() { outcome.requests.append(request) }
      } while !rest.isEmpty
    } catch {
      outcome.error = error
    }
    outcome.isEmpty = parser.isEmpty
    return outcome
  }

  private static func checkLength(of response: Response) {
    let encoded = response.encoded(date: 1_795_365_780)
    let contentBytes = response.omitsContent ? 0 : response.content.count
    require(encoded.count >= contentBytes, "the content is missing")
    let head = String(decoding: encoded.dropLast(contentBytes), as: UTF8.self)
    require(head.utf8.elementsEqual(encoded.dropLast(contentBytes)), "the head is not UTF-8")
    let lines = head.split(separator: "\r\n", omittingEmptySubsequences: false)
    require(lines.suffix(2) == ["", ""] && !lines.dropLast(2).contains(""), "the head has no end, or two")
    let lengths: [Substring] =
      response.status == .noContent ? [] : ["Content-Length: \(response.content.count)"]
    require(
      lines.filter { $0.hasPrefix("Date: ") } == ["Date: Sun, 22 Nov 2026 16:43:00 GMT"], "Date is wrong")
    require(lines.filter { $0.hasPrefix("Content-Length: ") } == lengths, "Content-Length is wrong")
  }

  private static func finding(of inquiry: Inquiry) -> Finding {
    switch inquiry {
    case .snapshot: .snapshot(snapshot)
    case .responsiveness: .responsiveness(true)
    case .clients: .clients([client])
    }
  }

  private static let client = ClientActivity(
    client: Endpoint(address: .loopbackIPv4, port: 7), messages: 1, bytes: 2, silentMilliseconds: 3)

  private static let router = Router(answeringTo: .named(["echo.example"]))

  private static let snapshot: Snapshot = {
    let text = #"{"listeners": [{"transport": "udp", "port": 7}]}"#
    guard let configuration = try? Configuration.read(Array(text.utf8)).listeners.first else {
      preconditionFailure("the configuration is wrong")
    }
    let listener = ListenerSnapshot(
      configuration: configuration, endpoint: Endpoint(address: .loopbackIPv4, port: 7),
      statistics: Statistics())
    return Snapshot(
      version: echodVersion, state: .running, startedAt: 1_795_365_780, uptimeSeconds: 12.3,
      totals: Statistics(),
      listeners: [listener])
  }()
}

/// Numbers that follow from the input alone, so that a find can be repeated: splitmix64 from an FNV-1a hash.
private struct Randomness {
  private var state: UInt64 = 0xCBF2_9CE4_8422_2325

  init(seed: UnsafeRawBufferPointer) {
    for byte in seed { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
