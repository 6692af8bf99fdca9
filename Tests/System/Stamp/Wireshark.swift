import Foundation
import Glibc
import Testing

/// Debian's tshark, which reads messages of TWAMP-Test: those of STAMP without TLVs. No packet is captured, because that
/// needs privileges: text2pcap puts headers before the bytes.
enum Wireshark {
  private static let (tshark, text2pcap) = ("/usr/bin/tshark", "/usr/bin/text2pcap")
  private static let port = 40862

  /// The fields of a message, as text.
  struct Message: Sendable {
    fileprivate var fields: [String: String]

    /// A field of the dissector, without `twamp.test.`.
    subscript(name: String) -> String? { fields["twamp.test." + name] }

    /// The seconds and the fraction of a minute in a timestamp, such as `43.785655042`.
    func seconds(_ name: String) -> Double? {
      self[name]?.split(separator: " ").first { $0.contains(":") }?.split(separator: ":").last.flatMap {
        Double($0)
      }
    }
  }

  /// The fields that are read.
  private static let names = [
    "seq_number", "timestamp", "error_estimate", "mbz1", "receive_timestamp", "sender_seq_number",
    "sender_timestamp",
    "sender_error_estimate", "mbz2", "sender_ttl",
  ].map { "twamp.test." + $0 }

  /// Reads messages.
  static func read(_ messages: [[UInt8]]) async throws -> [Message] {
    try await TemporaryDirectory.with { directory in
      let capture = directory + "/messages.pcap"
      // A dump as of od(1): an offset of 0 begins a packet.
      let dump = messages.map { "000000 \($0.hex)\n" }.joined()
      let ports = "\(port + 1),\(port)"
      try await run(text2pcap, ["-q", "-u", ports, "-", capture], input: dump)
      let fields = names.flatMap { ["-e", $0] }
      let text = try await run(
        tshark,
        ["-r", capture, "-d", "udp.port==\(port),twamp.test", "-T", "fields", "-E", "separator=/t"] + fields)
      return text.split(separator: "\n").map { line in
        let values = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        return Message(fields: Dictionary(uniqueKeysWithValues: zip(names, values)))
      }
    }
  }

  @discardableResult
  private static func run(_ path: String, _ arguments: [String], input: String = "") async throws -> String {
    // Its settings and preferences are in the home directory.
    let outcome = try await RunningProgram.run(
      path, arguments, input: input.utf8, environment: ["HOME": "/nonexistent", "TZ": "UTC"])
    try #require(outcome.ending == .exit(0), "\(path): \(outcome.errors)")
    return outcome.text
  }
}
