import EchoCore

/// What one STAMP session measures. It uses no clock and no socket.
///
/// Messages are numbered from 1; their sequence numbers begin at 0 and wrap.
struct StampStatistics: PingCounts {
  /// How many messages are remembered; a reply to an older one counts as wrong.
  static let memory = 16_384

  let requests: StampRequests
  private let plan: StampPlan
  private var entries: [StampEntry]
  private var steps = ClockSteps()

  /// Messages that were sent, or that could not be.
  private(set) var sent = 0
  /// Messages with a reply, further replies, wrong replies, and messages with an error instead of a reply.
  private(set) var received = 0
  private(set) var duplicates = 0
  private(set) var wrong = 0
  private(set) var errors = 0
  /// Replies that came after the reply to a later message, and in which direction the order changed, if the reflector
  /// has numbers of its own.
  private(set) var reordered = 0
  private(set) var reorderedThere = 0
  private(set) var reorderedBack = 0
  private var newestAnswered = 0
  private var outages = PingOutages()

  private(set) var roundTrips = Latencies()
  /// How much they vary.
  private(set) var spread = RoundTripSpread()
  private(set) var reflectorTimes = Latencies()
  private(set) var there = StampDirection()
  private(set) var back = StampDirection()
  private(set) var losses = StampLossCounter()
  /// Whether the reflector keeps sessions, as a message of another session showed; `nil` if it is not known.
  var isStateful: Bool?
  /// What replies say about the reflector.
  private(set) var findings: StampFindings
  /// How many of the times are the kernel's: of messages that left, and of replies that arrived.
  private(set) var kernelDepartures = 0
  private(set) var kernelArrivals = 0

  /// Statistics of a session.
  init(_ plan: StampPlan, _ requests: StampRequests) {
    (self.plan, self.requests) = (plan, requests)
    entries = [StampEntry](repeating: StampEntry(), count: Self.memory)
    findings = StampFindings(markings: plan.dscp.map(StampMarkings.init))
  }

  /// By how much our clock was set while the session ran.
  var clockStep: Int64 { steps.largest }

  /// Which way messages were lost; `nil` if that cannot be told.
  var loss: StampLoss? {
    if sent == received { return StampLoss() }
    guard keepsSessions == true else { return nil }
    return losses.loss(sent: sent, answered: received)
  }

  /// Whether the reflector keeps sessions; `nil` if that is not known.
  var keepsSessions: Bool? { losses.hasOwnNumbers ? true : isStateful }

  /// Begins a message, and returns what its request has.
  mutating func begin(at now: ClockReading, _ errorEstimate: StampErrorEstimate) -> (
    Int, StampRequests.Variables
  ) {
    steps.note(now)
    sent += 1
    let variables = StampRequests.Variables(
      sequence: UInt32(truncatingIfNeeded: sent - 1), timestamp: requests.format.timestamp(of: now.epoch),
      errorEstimate: errorEstimate, count: UInt32(truncatingIfNeeded: sent))
    let index = sent % Self.memory
    if sent > Self.memory {
      outages.add(sentAt: entries[index].sent.monotonic, isAnswered: entries[index].isAnswered)
    }
    entries[index] = StampEntry(variables: variables, sent: now)
    return (sent, variables)
  }

  /// The longest outage of a session that ended at a time of the monotonic clock: see ``PingOutages``.
  func longestOutage(until end: Int64) -> Int64 {
    var outages = outages
    for message in stride(from: max(1, sent - Self.memory + 1), through: sent, by: 1) {
      let entry = entries[message % Self.memory]
      outages.add(sentAt: entry.sent.monotonic, isAnswered: entry.isAnswered)
    }
    return outages.longest(until: end)
  }

  /// Notes when the kernel sent a message, which is later than the time in it.
  mutating func correct(_ message: Int, _ time: Int64, at now: ClockReading) {
    guard remembers(message) else { return }
    let entry = entries[message % Self.memory]
    let delay = time &- entry.sent.epoch
    guard !entry.isAnswered, delay >= 0, delay <= now.monotonic &- entry.sent.monotonic else { return }
    entries[message % Self.memory].sent.monotonic += delay
    entries[message % Self.memory].sent.epoch += delay
    kernelDepartures += 1
  }

  /// Counts an error instead of a reply.
  mutating func fail() { errors += 1 }

  /// The message with a sequence number; `nil` if none is remembered.
  func message(_ sequence: UInt32) -> Int? {
    let distance = Int(UInt32(truncatingIfNeeded: sent - 1) &- sequence)
    let message = sent - distance
    return remembers(message) ? message : nil
  }

  private func remembers(_ message: Int) -> Bool {
    message >= max(1, sent - Self.memory + 1) && message <= sent
  }

  /// Judges a datagram.
  mutating func judge(_ arrival: StampArrival) -> StampVerdict {
    var message: Int?
    do throws(StampFault) {
      let sequence = try StampAnswer.message(arrival.bytes, of: requests).senderSequence
      message = self.message(sequence)
      guard let message else { throw .unknownSequence(sequence) }
      return .reply(try take(arrival, to: message))
    } catch {
      wrong += 1
      return .wrong(message, error)
    }
  }

  private mutating func take(_ arrival: StampArrival, to message: Int) throws(StampFault) -> StampMeasurement
  {
    let entry = entries[message % Self.memory]
    let answer = try StampAnswer(arrival.bytes, to: entry.variables, of: requests, now: arrival.taken.epoch)
    // The kernel's time may be one from before the clock was set.
    let delay = steps.note(arrival.taken) ? nil : arrival.kernelDelay
    let arrived = arrival.taken.monotonic &- (delay ?? 0)
    let roundTrip = (arrived &- entry.sent.monotonic) &- answer.reflectorTime
    // Two clocks never run equally fast.
    guard roundTrip >= -1000 - answer.reflectorTime / 1000 else {
      throw .negativeRoundTrip(nanoseconds: 0 &- roundTrip)
    }
    if delay != nil { kernelArrivals += 1 }
    var measurement = StampMeasurement(
      message: message, roundTrip: max(0, roundTrip), reflectorTime: answer.reflectorTime,
      hops: hops(answer.hopLimit), reflectorSequence: answer.sequence)
    let offset = steps.firstOffset ?? 0
    let there = answer.arrival &- (entry.sent.monotonic &+ offset)
    let back = (arrived &+ offset) &- answer.departure
    let isOneWay =
      plan.showsOneWay
      || entry.variables.errorEstimate.isSynchronized && answer.errorEstimate.isSynchronized && clockStep == 0
    if isOneWay { (measurement.there, measurement.back) = (there, back) }
    guard !entry.isAnswered else {
      duplicates += 1
      measurement.isDuplicate = true
      if entries[message % Self.memory].addsFurther(answer.sequence) {
        _ = losses.take(message, number: answer.sequence, arrival: answer.arrival, isRepeated: true)
      }
      return measurement
    }
    entries[message % Self.memory].isAnswered = true
    entries[message % Self.memory].number = answer.sequence
    received += 1
    measurement.isReordered = noteOrder(message, answer)
    roundTrips.record(measurement.roundTrip)
    spread.record(measurement.roundTrip)
    reflectorTimes.record(answer.reflectorTime)
    self.there.record(there, isOneWay: isOneWay)
    self.back.record(back, isOneWay: isOneWay)
    findings.note(answer, entry.variables, trafficClass: arrival.trafficClass)
    return measurement
  }

  private mutating func noteOrder(_ message: Int, _ answer: StampAnswer) -> Bool {
    let order = losses.take(message, number: answer.sequence, arrival: answer.arrival)
    if order.isLateThere { reorderedThere += 1 }
    if order.isLateBack { reorderedBack += 1 }
    let isReordered = message < newestAnswered
    if isReordered { reordered += 1 }
    newestAnswered = max(newestAnswered, message)
    return isReordered
  }

  private func hops(_ received: UInt8) -> Int? {
    // No packet arrives with 0, and no router increases the value.
    received == 0 || received > plan.hopLimit ? nil : Int(plan.hopLimit) - Int(received)
  }
}
