/// A metric with all its samples.
struct MetricFamily: Sendable {
  /// How its values behave.
  enum Kind: String, Sendable {
    case counter, gauge
  }

  /// A label of a sample.
  struct Label: Sendable {
    let name: String
    let value: String
  }

  /// One value with its labels.
  struct Sample: Sendable {
    var labels: [Label] = []
    /// A number as Go writes it.
    let value: String
  }

  /// The name of its samples; a counter's ends with `_total`.
  let name: String
  let kind: Kind
  /// The HELP text: a sentence without line feeds, backslashes and quotation marks.
  let help: String
  let samples: [Sample]
}
