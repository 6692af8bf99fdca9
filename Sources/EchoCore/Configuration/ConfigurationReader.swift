extension Configuration {
  /// Reads and checks a configuration file's text.
  ///
  /// Unknown keys, wrong types, values out of bounds and conflicting listeners are errors. The error has every problem
  /// of the file, unless the text is not JSON.
  public static func read(_ bytes: [UInt8]) throws(ConfigurationProblems) -> Configuration {
    guard bytes.count <= Limits.fileBytes else {
      let message = "the file is longer than \(Limits.fileBytes) bytes"
      throw ConfigurationProblems(problems: [
        ConfigurationProblem(location: .value(path: ""), message: message)
      ])
    }
    let json: JSONValue
    do throws(JSONSyntaxError) {
      json = try JSONValue(parsing: bytes)
    } catch {
      let location = ConfigurationProblem.Location.text(line: error.line, column: error.column)
      throw ConfigurationProblems(problems: [ConfigurationProblem(location: location, message: error.message)]
      )
    }
    var reader = ConfigurationReader()
    return try reader.read(json)
  }
}

/// Goes through a file's values and collects the problems.
///
/// A wrong value is reported and read as its default, so that the checks go on. The result is then discarded.
struct ConfigurationReader {
  /// The problems so far, in the order of the checks.
  private var reports: [(path: ConfigurationPath, message: String)] = []
  /// The listeners so far, in the file's order.
  var drafts: [ListenerDraft] = []
  /// The transport of the listener that is being read; `nil` if it is unknown, and outside listeners.
  var transport: Transport?

  fileprivate mutating func read(_ json: JSONValue) throws(ConfigurationProblems) -> Configuration {
    var configuration = Configuration()
    let file = ConfigurationValue(json: json, path: .file)
    if let object = object(file, "a configuration", keys: Configuration.keys.map(\.name)) {
      _ = read(object, into: &configuration)
      reportConflicts(
        admin: configuration.admin?.endpoint, isAdminWritten: object["admin"] != nil,
        at: object.path(of: "listeners"))
    }
    guard reports.isEmpty else { throw problems }
    return configuration
  }

  /// The problems in the file's order.
  private var problems: ConfigurationProblems {
    let inOrder = reports.enumerated().sorted { left, right in
      let (first, second) = (left.element.path.order, right.element.path.order)
      return first == second ? left.offset < right.offset : first.lexicographicallyPrecedes(second)
    }
    var problems = inOrder.prefix(Limits.problems).map { report in
      ConfigurationProblem(location: .value(path: report.element.path.text), message: report.element.message)
    }
    if reports.count > problems.count {
      let message = "\(reports.count - problems.count) more problems are not listed"
      problems.append(ConfigurationProblem(location: .value(path: ""), message: message))
    }
    return ConfigurationProblems(problems: problems)
  }

  mutating func report(_ path: ConfigurationPath, _ message: String) {
    reports.append((path, message))
  }

  /// Reports that a value is not what was expected.
  mutating func wrong(_ value: ConfigurationValue, _ what: String) {
    report(value.path, "\(value.json.excerpt) is not \(what)")
  }

  /// Reads an object with these keys and no others; `nil` after a report.
  mutating func object(
    _ value: ConfigurationValue, _ what: String, keys: [String]
  ) -> ConfigurationObject? {
    guard case .object(let members) = value.json else {
      wrong(value, "\(what) (an object)")
      return nil
    }
    let object = ConfigurationObject(members, at: value.path)
    reportUnknownKeys(of: object, known: keys, listed: keys)
    return object
  }

  /// Reports the members of an object that are not among the known keys, and lists the keys that fit there.
  mutating func reportUnknownKeys(of object: ConfigurationObject, known: [String], listed: [String]) {
    for (name, value) in object.members where !known.contains(name) {
      let list = listed.joined(separator: ", ")
      let nearest = nearestWord(to: name, in: listed).map { "did you mean \"\($0)\"? The" } ?? "the"
      report(value.path, "unknown key; \(nearest) keys here are \(list)")
    }
  }

  /// Reads the elements of an array with that many of them; `nil` after a report.
  mutating func elements(
    _ value: ConfigurationValue, _ what: String, in range: ClosedRange<Int>
  ) -> [ConfigurationValue]? {
    guard case .array(let elements) = value.json else {
      wrong(value, "\(what) (an array)")
      return nil
    }
    guard range.contains(elements.count) else {
      let count = elements.isEmpty ? "none" : "\(elements.count)"
      report(
        value.path, "\(what) has \(range.lowerBound) to \(range.upperBound) elements; this one has \(count)")
      return nil
    }
    return elements.enumerated().map { number, element in
      ConfigurationValue(json: element, path: value.path.element(number))
    }
  }
}
