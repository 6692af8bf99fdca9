/// What a datagram from the reflector is.
enum StampVerdict: Hashable {
  /// A correct reply.
  case reply(StampMeasurement)
  /// A wrong one, and its message if that is known.
  case wrong(Int?, StampFault)
}
