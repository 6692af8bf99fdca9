import Addresses
import LibFuzzer

/// Any text is read as a prefix or refused without a crash; what was read is written as it is read; what was meant
/// instead of a refused one is a prefix.
@main
enum PrefixFuzzer {
  static func main() {
    fuzz { start, count in
      PrefixFuzzer.check(String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self))
      return 0
    }
  }

  private static func check(_ text: String) {
    if let address = IPAddress(text) {
      require(IPAddress(address.description) == address, "\(address) is not read as it is written")
    }
    do throws(Prefix.ParseError) {
      try check(Prefix(text))
    } catch {
      switch error {
      case .notAnAddress, .notALength: break
      case .hostBitsSet(let network): check(network)
      }
    }
  }

  private static func check(_ prefix: Prefix) {
    require((try? Prefix(prefix.description)) == prefix, "\(prefix) is not read as it is written")
    require(prefix.contains(prefix.network), "\(prefix) does not hold its own network")
  }
}
