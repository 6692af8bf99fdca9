import Addresses

extension Service {
  /// Answers the test messages of STAMP, so that their sender can measure the path (RFC 8762, RFC 8972). Without
  /// authentication.
  public static let stamp = Service(
    name: "stamp", summary: "reflects the test packets of STAMP (RFC 8762)", transports: [.udp],
    sharesPortWithClients: true, needs: [.localEndpoint, .delivery, .times]
  ) { Stamp($0) }
}

private final class Stamp: Responder {
  /// How long the clock's error is cached.
  private static let clockErrorMilliseconds: Int64 = 1000
  /// What replies have as the hop limit if it is not known.
  private static let unknownHopLimit: UInt8 = 255
  /// How many replies memory is reserved for: the largest batch.
  private static let departureCapacity = 64

  /// A reply that is about to be sent.
  private struct Departure {
    let message: UnsafeMutableRawBufferPointer
    let sequence: UInt32
    /// `nil` without sessions.
    let session: StampSessions.Index?
  }

  private var configuration: StampConfiguration
  private let counters: Counters
  private let clockError: @Sendable () -> Int64?
  private var errorEstimate: StampErrorEstimate
  private var errorEstimateEnd = Int64.min
  private var sessions = StampSessions()
  private var departures: [Departure] = []

  init(_ setting: ResponderSetting) {
    configuration = setting.listener.stamp ?? StampConfiguration()
    counters = setting.counters
    clockError = setting.clockError
    errorEstimate = StampErrorEstimate(clockError: nil, format: configuration.timestamps)
    departures.reserveCapacity(Self.departureCapacity)
  }

  func answer(_ request: borrowing ServiceRequest) -> Answer {
    let message = request.message
    guard let received = StampRequest(reading: UnsafeRawBufferPointer(message)), let client = request.client
    else { return .refusal(.malformed) }
    if request.arrival >= errorEstimateEnd { readClockError(at: request.arrival) }
    let session = configuration.isStateful ? session(of: received, from: client, request) : nil
    let sequence = session.map { sessions[$0].sequence } ?? received.sequence
    let dscp = message.count > StampMessage.baseBytes ? reflection(of: request, session).fillIn(message) : nil
    // The time of departure follows in ``willSend(at:)``.
    StampReply(
      to: received, sequence: sequence, timestamp: 0, errorEstimate: errorEstimate,
      receiveTimestamp: configuration.timestamps.timestamp(of: request.delivery?.arrivedAt ?? 0),
      hopLimit: request.delivery?.hopLimit ?? Self.unknownHopLimit
    ).write(to: message)
    departures.append(Departure(message: message, sequence: sequence, session: session))
    return .reply(byteCount: message.count, trafficClass: dscp.map { $0 << 2 })
  }

  func willSend(at nanoseconds: Int64) {
    let timestamp = configuration.timestamps.timestamp(of: nanoseconds)
    for departure in departures {
      departure.message.store(timestamp, at: StampMessage.departureOffset)
      guard let session = departure.session else { continue }
      sessions.depart(
        session, StampSessions.Departure(sequence: departure.sequence, timestamp: timestamp))
    }
    departures.removeAll(keepingCapacity: true)
  }

  func change(to listener: ListenerConfiguration) {
    configuration = listener.stamp ?? StampConfiguration()
    // The estimate names the format.
    errorEstimateEnd = .min
  }

  func expire(at now: Int64) {
    let expired = sessions.expire(at: now)
    if expired > 0 { counters.subtract(.sessionsCurrent, expired) }
  }

  var nextExpiry: Int64? { sessions.nextExpiry }

  func write(to writer: inout StateWriter) { sessions.write(to: &writer) }

  func restore(from reader: inout StateReader, at now: Int64) throws(StateError) {
    counters.subtract(.sessionsCurrent, sessions.count)
    defer { counters.add(.sessionsCurrent, sessions.count) }
    departures.removeAll(keepingCapacity: true)
    try sessions.restore(from: &reader, at: now)
  }

  private func session(
    of received: StampRequest, from client: Endpoint, _ request: borrowing ServiceRequest
  ) -> StampSessions.Index {
    let key = StampSessions.Key(
      client: client, local: request.local?.address, sessionID: received.sessionID)
    let (index, arrival) = sessions.receive(key, at: request.arrival)
    if arrival != .known { counters.add(.sessionsTotal) }
    if arrival == .new { counters.add(.sessionsCurrent) }
    return index
  }

  private func reflection(
    of request: borrowing ServiceRequest, _ index: StampSessions.Index?
  ) -> StampReflection {
    let session = index.map { sessions[$0] }
    let synchronized: StampReflection.TimeSource = configuration.timestamps == .ptp ? .ptp : .ntp
    return StampReflection(
      timeSource: errorEstimate.isSynchronized ? synchronized : .local,
      trafficClass: request.delivery?.trafficClass ?? 0,
      // Every request gets a reply.
      counts: session.map { StampReflection.Counts(received: $0.received, sent: $0.received) },
      lastReply: session?.lastReply)
  }

  private func readClockError(at now: Int64) {
    errorEstimate = StampErrorEstimate(clockError: clockError(), format: configuration.timestamps)
    errorEstimateEnd = now + Self.clockErrorMilliseconds
  }
}
