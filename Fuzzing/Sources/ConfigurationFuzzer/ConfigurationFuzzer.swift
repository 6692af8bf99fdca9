import EchoCore
import LibFuzzer

/// Any bytes are read or refused without a crash; what was read is written as it is read; what was refused has its
/// reasons, each on one line that a terminal shows as it is.
@main
enum ConfigurationFuzzer {
  static func main() {
    fuzz { start, count in
      ConfigurationFuzzer.check(Array(UnsafeRawBufferPointer(start: start, count: count)))
      return 0
    }
  }

  private static func check(_ bytes: [UInt8]) {
    do throws(ConfigurationProblems) {
      check(try Configuration.read(bytes))
    } catch {
      check(error)
    }
  }

  private static func check(_ configuration: Configuration) {
    require(!configuration.listeners.isEmpty, "a configuration without listeners was taken")
    let text = configuration.json.text()
    let again = try? Configuration.read(Array(text.utf8))
    require(again == configuration, "it is not read as it is written:\n\(text)")
    require(again?.json.text() == text, "it is not written as it is read:\n\(text)")
  }

  private static func check(_ refusal: ConfigurationProblems) {
    require(!refusal.problems.isEmpty, "refused without a reason")
    require(refusal.problems.count <= Limits.problems + 1, "more problems than anyone reads")
    for problem in refusal.problems {
      require(!problem.message.isEmpty, "a problem without words")
      if case .text(let line, let column) = problem.location {
        require(line >= 1 && column >= 1, "a place before the beginning")
      }
    }
    for line in refusal.lines(file: "echod.json") {
      require(line.unicodeScalars.allSatisfy(isVisible), "not one visible line: \(line)")
      require(line.utf8.count <= longestLine, "too long to be read: \(line)")
    }
  }

  /// A line repeats a few excerpts, of up to four bytes or six digits for each of their characters.
  private static let longestLine = 4096

  private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: false
    default: true
    }
  }
}
