/// What is remembered of a message and its answers.
struct StampEntry {
  /// How many further numbers are remembered, and counted.
  private static let furtherLimit = 4

  let variables: StampRequests.Variables
  var sent: ClockReading
  var isAnswered = false
  /// The reflector's number of the first answer.
  var number: UInt32 = 0
  /// The numbers of further answers: the message arrived more than once.
  private var furtherNumbers: [UInt32] = []

  init(variables: StampRequests.Variables = .init(), sent: ClockReading = .init(monotonic: 0, epoch: 0)) {
    (self.variables, self.sent) = (variables, sent)
  }

  /// Remembers the number of a further answer, and returns whether it is a new one.
  mutating func addsFurther(_ number: UInt32) -> Bool {
    guard number != self.number, furtherNumbers.count < Self.furtherLimit, !furtherNumbers.contains(number)
    else { return false }
    furtherNumbers.append(number)
    return true
  }
}
