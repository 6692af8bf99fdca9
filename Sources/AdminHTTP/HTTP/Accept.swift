/// The media types that a client accepts, from the Accept fields of its request (RFC 9110, section 12.5.1).
///
/// Malformed members are ignored. A client without a valid member accepts everything.
public struct Accept: Hashable, Sendable {
  /// More members than this are ignored.
  static let rangeLimit = 64

  private let ranges: [MediaRange]

  /// Reads the values of all Accept fields.
  init(_ values: [ArraySlice<UInt8>] = []) {
    let members = values.lazy.flatMap { Syntax.split($0, at: UInt8(ascii: ",")) }.map { Syntax.trimmed($0) }
    ranges = members.filter { !$0.isEmpty }.prefix(Self.rangeLimit).compactMap { MediaRange($0) }
  }

  /// The weight that the client gives the media type, in thousandths; 0 means not acceptable. The most specific range
  /// decides.
  func quality(of media: MediaType) -> Int {
    ranges.isEmpty ? 1000 : decisiveRange(for: media)?.quality ?? 0
  }

  /// Whether the client accepts the media type by name, not only by a wildcard.
  func names(_ media: MediaType) -> Bool {
    decisiveRange(for: media).map { $0.isExplicit && $0.quality > 0 } ?? false
  }

  private func decisiveRange(for media: MediaType) -> MediaRange? {
    ranges.filter { $0.contains(media) }.max { $1.isMoreSpecific(than: $0) }
  }
}
