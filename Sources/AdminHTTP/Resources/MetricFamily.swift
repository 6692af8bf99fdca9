/// A metric with all its samples.
struct MetricFamily: Sendable {
  /// What its values are.
  enum Kind: String, Sendable {
    case counter, gauge
  }

  /// A label of a sample.
  struct Label: Sendable {
    let name: String
    let value: String
  }

  /// One value, and what it is about.
  struct Sample: Sendable {
    var labels: [Label] = []
    /// A number as Go writes it.
    let value: String
  }

  /// The name of its samples; a counter's ends with `_total`.
  let name: String
  let kind: Kind
  /// What it is: a sentence without line feeds, backslashes and quotation marks.
  let help: String
  let samples: [Sample]
}
