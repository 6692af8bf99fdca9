/// What a listener does with the messages that it receives.
///
/// Each service is a file in this folder, and a line in ``all``. The checks of a configuration, the help and the
/// statistics take its name from there.
public struct Service: Sendable {
  /// The name in the configuration and in the statistics: lower-case letters.
  public let name: String
  /// What it does, in a few words, for people.
  public let summary: String
  /// Over which transports it can be offered.
  public var transports: Set<Transport> = [.udp, .tcp]
  /// Whether it ever replies. One that does not needs no protection from loops and floods of replies.
  public var replies = true
  /// Whether clients commonly send from the port of the service too. `answerLowPorts` then trusts that port.
  public var sharesPortWithClients = false
  /// What its responders are told beyond the message and its sender, because finding it out costs a system call.
  public var needs: Needs = []
  /// Makes the responder of one queue of a listener.
  public let makeResponder: @Sendable (ResponderSetting) -> any Responder

  /// Facts about a message that cost a system call, and are found out only for a service that asks for them.
  public struct Needs: OptionSet, Sendable {
    /// A bit for each fact.
    public let rawValue: UInt8

    /// Makes a set of its bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Over TCP, ``ServiceRequest/local``: one call for each connection. Over UDP it is always there.
    public static let localEndpoint = Needs(rawValue: 1)

    /// ``ServiceRequest/delivery``. Over UDP the kernel reports hop limit and traffic class with each datagram.
    public static let delivery = Needs(rawValue: 2)

    /// Over UDP, ``Delivery/arrivedAt``, and ``Responder/willSend(at:)`` before replies leave. Both read a clock.
    public static let times = Needs(rawValue: 4)
  }
}

extension Service {
  /// Every service, in the order in which they are listed to people.
  public static let all: [Service] = [echo, uppercase, discard, identify, stamp]

  /// The service of that name, or `nil`.
  public static func named(_ name: String) -> Service? {
    all.first { $0.name == name }
  }

  /// What is wrong with offering the service over a transport; `nil` for nothing.
  func problem(over transport: Transport) -> String? {
    transports.contains(transport) ? nil : "\(name) is not available over \(transport.rawValue)"
  }
}
