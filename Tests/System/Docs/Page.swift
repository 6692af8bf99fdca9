import Foundation
import Testing

/// A page of `docs/` whose commands can be run: what a test takes out of its Markdown.
///
/// In a block marked `console`, a line such as `client$ COMMAND` or `server# COMMAND` is a command on that host, and the
/// lines up to the next one are what it prints; see ``Printed``. `$ COMMAND` is one on the server, for pages that need
/// only one machine. `make run`, with or without `CONFIG=FILE`, starts echod as `make run` does, and what it prints is
/// what echod logs; `^C` stops it.
/// A block marked `json` is the configuration that echod is started with from there on, one marked `log` is what it
/// logs, without the times. One marked `python NAME` is a file of that name. There are no other blocks.
struct Page: Sendable {
  /// What stands before the first section.
  private(set) var introduction = ""
  private(set) var sections: [Section] = []

  /// The page as one story, in which echod keeps running from section to section.
  var story: [Part] {
    sections.flatMap(\.parts).reduce(into: [Part()]) { story, part in
      if part.isContinued {
        story[story.count - 1].steps += part.steps
      } else {
        story.append(part)
      }
    }
  }

  /// What stands below a heading.
  struct Section: Sendable, CustomTestStringConvertible {
    let heading: String
    fileprivate(set) var prose = ""
    /// The first has no configuration: echod is not running yet.
    fileprivate(set) var parts = [Part(isContinued: true)]

    var testDescription: String { heading }

    /// How a link names it on this page.
    var anchor: String {
      heading.lowercased().filter { $0.isLetter || $0.isNumber || " -_".contains($0) }
        .replacingOccurrences(of: " ", with: "-")
    }

    var commands: [Command] {
      parts.flatMap(\.steps).compactMap { if case .command(let command) = $0 { command } else { nil } }
    }
  }

  /// What is done and seen while echod is running with a configuration, or is not running.
  struct Part: Sendable {
    fileprivate(set) var configuration: String?
    fileprivate(set) var steps: [Step] = []
    /// Whether nothing starts or stops echod before it in its section.
    fileprivate(set) var isContinued = false
  }

  /// What is done or seen.
  enum Step: Sendable {
    case command(Command)
    case log([String])
    case file(name: String, text: String)
  }

  /// A command, and the lines that it prints.
  struct Command: Sendable {
    let host: String
    let text: String
    fileprivate(set) var printed: [String] = []

    /// Whether it waits for what another command causes.
    var isWatching: Bool { text.contains("tcpdump") }
  }

  /// Why a page cannot be run.
  struct Problem: Error, CustomStringConvertible {
    let description: String
  }

  /// Reads a page.
  init(_ text: String) throws {
    var block: (kind: String, lines: [String])?
    for line in text.components(separatedBy: "\n") {
      if line.hasPrefix("```") {
        if let ended = block { try add(ended.lines, kind: ended.kind) }
        block = block == nil ? (String(line.dropFirst(3)), []) : nil
      } else if block != nil {
        block?.lines.append(line)
      } else if line.hasPrefix("    ") {
        throw Problem(description: "no block that can be run: \(line)")
      } else if line.hasPrefix("## ") {
        sections.append(Section(heading: String(line.dropFirst(3))))
      } else if sections.isEmpty {
        introduction += line + "\n"
      } else {
        sections[sections.count - 1].prose += line + "\n"
      }
    }
    guard block == nil else { throw Problem(description: "the last block has no end") }
  }

  /// A page of the project, by its path there.
  init(file: String) throws {
    try self.init(Repository.text(of: file))
  }

  private mutating func add(_ lines: [String], kind: String) throws {
    guard var section = sections.popLast() else {
      throw Problem(description: "a block stands before the first section")
    }
    defer { sections.append(section) }
    let part = section.parts.count - 1
    let words = kind.split(separator: " ").map(String.init)
    switch (words.first, words.count) {
    case ("json", 1): section.parts.append(Part(configuration: lines.joined(separator: "\n")))
    case ("log", 1): section.parts[part].steps.append(.log(lines))
    case ("console", 1) where lines == ["^C"]: section.parts.append(Part())
    case ("console", 1) where lines.first?.wholeMatch(of: Self.makeRun) != nil:
      let log = lines.compactMap { $0.firstMatch(of: /^\S+Z (.+)/).map { String($0.1) } }
      let file = lines[0].wholeMatch(of: Self.makeRun)?.1.map(String.init) ?? "config/echod.json"
      let configuration = try Repository.text(of: file)
      section.parts.append(Part(configuration: configuration, steps: [.log(log)]))
    case ("console", 1): section.parts[part].steps += try Self.commands(lines).map { .command($0) }
    case ("python", 2):
      section.parts[part].steps.append(.file(name: words[1], text: lines.joined(separator: "\n") + "\n"))
    default: throw Problem(description: "nothing is known of a block of the kind \"\(kind)\"")
    }
  }

  private static var makeRun: Regex<(Substring, Substring?)> { /\$ make run(?: CONFIG=(\S+))?/ }

  private static func commands(_ lines: [String]) throws -> [Command] {
    var commands: [Command] = []
    for line in lines {
      if let match = line.wholeMatch(of: /(client|server)?[$#] (.+)/) {
        commands.append(Command(host: String(match.1 ?? "server"), text: String(match.2)))
      } else if commands.isEmpty {
        throw Problem(description: "no command stands before: \(line)")
      } else {
        commands[commands.count - 1].printed.append(line)
      }
    }
    return commands
  }
}
