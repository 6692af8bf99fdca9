import EchoCore

/// Why a reflector's reply is not believed.
enum StampFault: Error, Hashable {
  /// Its length is not that of its request.
  case length(Int, expected: Int)
  /// It belongs to another session.
  case sessionID(UInt16, expected: UInt16)
  /// No remembered request has the sequence number that it repeats.
  case unknownSequence(UInt32)
  /// It does not repeat the time of the request (T1).
  case senderTime
  /// It does not repeat the error estimate of the request.
  case senderErrorEstimate
  /// A time of the reflector is invalid: it is 0, or its nanoseconds are a second or more.
  case malformedTime(String)
  /// The reply left before the request came.
  case leftBeforeArrival(nanoseconds: Int64)
  /// The reflector says that it took longer than the whole round trip.
  case negativeRoundTrip(nanoseconds: Int64)
  /// A TLV is missing, or its type or length is not that in the request.
  case tlv(UInt8)
  /// Bytes of a TLV that a reflector must not change have changed.
  case tlvValue(UInt8)
  /// The reflector says that a TLV was malformed or not intact, although it was correct.
  case tlvFlags(UInt8, flags: UInt8)
}

extension StampFault: CustomStringConvertible {
  /// The fault, as it follows "wrong reply: ".
  var description: String {
    switch self {
    case .length(let length, let expected): "\(length.counted("byte")) instead of \(expected)"
    case .sessionID(let id, let expected): "it belongs to session \(id), not to session \(expected)"
    case .unknownSequence(let number): "it answers number \(number), which was not sent"
    case .senderTime: "it does not repeat the time of the message (T1)"
    case .senderErrorEstimate: "it does not repeat the error estimate of the message"
    case .malformedTime(let name): "\(name) is invalid: it is 0, or its nanoseconds are a second or more"
    case .leftBeforeArrival(let nanoseconds):
      "it left \(nanoseconds.durationText) before the message arrived (T3 is before T2)"
    case .negativeRoundTrip(let nanoseconds):
      "the reflector says that it took \(nanoseconds.durationText) longer than the whole round trip"
    case .tlv(let type): "TLV \(type) is missing or has another length than in the message"
    case .tlvValue(let type): "TLV \(type) has changed"
    case .tlvFlags(let type, let flags):
      "TLV \(type) came back with flags \(flags.hexadecimal), although it was correct"
    }
  }
}
