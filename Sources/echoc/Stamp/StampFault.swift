import EchoCore

/// Why a reply of a reflector is not believed.
enum StampFault: Error, Hashable {
  /// It has another length than its request.
  case length(Int, expected: Int)
  /// It is of another session.
  case sessionID(UInt16, expected: UInt16)
  /// No remembered request has the sequence number that it repeats.
  case unknownSequence(UInt32)
  /// It repeats another time (T1) than the request had.
  case senderTime
  /// It repeats another error estimate than the request had.
  case senderErrorEstimate
  /// A time of the reflector is none: it has a second of nanoseconds or more.
  case malformedTime(String)
  /// The reply left before the request came.
  case leftBeforeArrival(nanoseconds: Int64)
  /// The reflector says that it took longer than the whole round trip.
  case negativeRoundTrip(nanoseconds: Int64)
  /// A TLV is not there, or has another type or length than in the request.
  case tlv(UInt8)
  /// A TLV's bytes changed that a reflector has to leave as they are.
  case tlvValue(UInt8)
  /// A TLV is said to be malformed, or not to be intact, which it was.
  case tlvFlags(UInt8, flags: UInt8)
}

extension StampFault: CustomStringConvertible {
  /// The fault, as it follows "wrong reply: ".
  var description: String {
    switch self {
    case .length(let length, let expected): "\(length.counted("byte")) instead of \(expected)"
    case .sessionID(let id, let expected): "it is of session \(id), not of session \(expected)"
    case .unknownSequence(let number): "it answers number \(number), which was not sent"
    case .senderTime: "it repeats another time than the message had (T1)"
    case .senderErrorEstimate: "it repeats another error estimate than the message had"
    case .malformedTime(let name): "\(name) is no time: it has more nanoseconds than a second"
    case .leftBeforeArrival(let nanoseconds):
      "it left \(nanoseconds.durationText) before the message arrived (T3 is before T2)"
    case .negativeRoundTrip(let nanoseconds):
      "the reflector says that it took \(nanoseconds.durationText) longer than the whole round trip"
    case .tlv(let type): "TLV \(type) is missing, or not as long as in the message"
    case .tlvValue(let type): "TLV \(type) has other bytes than in the message"
    case .tlvFlags(let type, let flags):
      "TLV \(type) came back with flags \(flags.hexadecimal), though it was correct"
    }
  }
}
