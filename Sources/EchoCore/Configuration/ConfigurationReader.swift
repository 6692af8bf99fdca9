extension Configuration {
  /// Reads and checks a configuration file's text.
  ///
  /// Everything that is not right is refused: unknown keys, wrong types, values out of ``Limits``, listeners that
  /// would be in each other's way. The error holds every problem at once, unless the text is no JSON.
  public static func read(_ bytes: [UInt8]) throws(ConfigurationProblems) -> Configuration {
    try ConfigurationReader.read(bytes)
  }
}

/// Goes through a file's values and gathers what is wrong with them.
///
/// A value that is wrong is reported and read as its default, so that the checks go on; what comes of that is thrown
/// away with it.
struct ConfigurationReader {
  /// Every problem so far with its place, in the order of the checks.
  private var reports: [(place: Place, message: String)] = []

  /// See ``Configuration/read(_:)``.
  static func read(_ bytes: [UInt8]) throws(ConfigurationProblems) -> Configuration {
    guard bytes.count <= Limits.fileBytes else {
      let message = "the file is longer than \(Limits.fileBytes) bytes"
      throw ConfigurationProblems([ConfigurationProblem(.value(path: ""), message)])
    }
    let text: JSONValue
    do throws(JSONSyntaxError) {
      text = try JSONValue(parsing: bytes)
    } catch {
      let location = ConfigurationProblem.Location.text(line: error.line, column: error.column)
      throw ConfigurationProblems([ConfigurationProblem(location, error.message)])
    }
    var reader = ConfigurationReader()
    let configuration = reader.readFile(PlacedValue(value: text, place: .file))
    guard let configuration, reader.reports.isEmpty else { throw reader.problems }
    return configuration
  }

  /// Notes a problem.
  mutating func report(_ place: Place, _ message: String) {
    reports.append((place, message))
  }

  /// What was reported, in the file's order.
  private var problems: ConfigurationProblems {
    let inOrder = reports.enumerated().sorted { left, right in
      let (first, second) = (left.element.place.order, right.element.place.order)
      return first == second ? left.offset < right.offset : first.lexicographicallyPrecedes(second)
    }
    var problems = inOrder.prefix(Limits.problems).map { report in
      ConfigurationProblem(.value(path: report.element.place.path), report.element.message)
    }
    if reports.count > problems.count {
      let message = "\(reports.count - problems.count) more problems are not listed"
      problems.append(ConfigurationProblem(.value(path: ""), message))
    }
    return ConfigurationProblems(problems)
  }

  private mutating func readFile(_ value: PlacedValue) -> Configuration? {
    let keys = ["$schema", "admin", "drainSeconds", "listeners"]
    guard let object = object(value, "a configuration", keys: keys) else { return nil }
    if let schema = object["$schema"], string(schema) == nil {
      wrong(schema, "the schema's name (a string)")
    }
    let admin = object["admin"].map { readAdmin($0) } ?? .standard
    let drainSeconds = object["drainSeconds"].flatMap {
      integer($0, "a drain time in seconds", in: 0...Limits.drainSeconds)
    }
    let drafts = readListeners(in: object)
    reportConflicts(
      of: drafts, admin: admin, isAdminWritten: object["admin"] != nil, at: object.place(of: "listeners"))
    return Configuration(
      admin: admin, drainSeconds: drainSeconds ?? Configuration.defaultDrainSeconds,
      listeners: drafts.map(\.values))
  }

  private mutating func readListeners(in object: PlacedObject) -> [ListenerDraft] {
    guard let value = object["listeners"] else {
      report(object.place(of: "listeners"), "missing; a configuration has at least one listener")
      return []
    }
    guard let elements = elements(value, "a list of listeners", in: 1...Limits.listeners) else { return [] }
    return elements.map { readListener($0) }
  }
}
