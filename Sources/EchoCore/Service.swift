/// What a listener does with a message: the catalogue.
///
/// A new service is one `static let` here and its place in ``all``; the configuration's checks, the help, the
/// schema's test and the figures take its name from there.
public struct Service: Sendable {
  /// The name in the configuration and in the figures: lower-case letters.
  public let name: String
  /// What it does, in a few words, for people.
  public let summary: String
  /// Whether a reply is sent at all.
  public let replies: Bool
  /// Turns a message into its reply where it stands. The reply is as long as the message, so it never exceeds it.
  public let transform: @Sendable (UnsafeMutableRawBufferPointer) -> Void

  /// Every service, in the order in which they are listed to people.
  public static let all: [Service] = [echo, uppercase, discard]

  /// The service of that name, or `nil`.
  public static func named(_ name: String) -> Service? {
    all.first { $0.name == name }
  }

  /// Sends back what came (RFC 862).
  public static let echo = Service(
    name: "echo", summary: "sends back what came", replies: true, transform: { _ in })

  /// Sends back what came with a-z turned into A-Z, byte by byte; every other byte is left as it is, so text in UTF-8
  /// stays valid and keeps its length.
  public static let uppercase = Service(
    name: "uppercase", summary: "sends back what came, a-z in capitals", replies: true,
    transform: { message in
      for index in message.indices {
        let byte = message[index]
        // Without a branch, so that the compiler can do many bytes at once.
        message[index] = byte &- ((byte &- 0x61) < 26 ? 0x20 : 0)
      }
    })

  /// Takes what comes and answers nothing (RFC 863).
  public static let discard = Service(
    name: "discard", summary: "takes what comes, answers nothing", replies: false, transform: { _ in })
}

extension Service: Equatable {
  /// Two services are the same when their names are.
  public static func == (left: Service, right: Service) -> Bool { left.name == right.name }
}
