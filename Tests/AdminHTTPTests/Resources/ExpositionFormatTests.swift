@testable import AdminHTTP
import Testing

@Suite("A format for metrics")
struct ExpositionFormatTests {
  private static let families = [
    MetricFamily(
      name: "a_total", kind: .counter, help: "Counts.",
      samples: [.init(labels: [.init(name: "l", value: "x"), .init(name: "m", value: "y")], value: "1")]),
    MetricFamily(name: "b_total_seconds", kind: .gauge, help: "Measures.", samples: [.init(value: "0.5")]),
    MetricFamily(name: "c", kind: .gauge, help: "Nothing.", samples: []),
  ]

  @Test("0.0.4 gives a counter the name of its samples")
  func prometheus() {
    #expect(
      ExpositionFormat.prometheus.text(Self.families) == """
        # HELP a_total Counts.
        # TYPE a_total counter
        a_total{l="x",m="y"} 1
        # HELP b_total_seconds Measures.
        # TYPE b_total_seconds gauge
        b_total_seconds 0.5
        # HELP c Nothing.
        # TYPE c gauge

        """)
  }

  @Test("OpenMetrics names a counter without its suffix, and marks the end")
  func openMetrics() {
    #expect(
      ExpositionFormat.openMetrics.text(Self.families) == """
        # HELP a Counts.
        # TYPE a counter
        a_total{l="x",m="y"} 1
        # HELP b_total_seconds Measures.
        # TYPE b_total_seconds gauge
        b_total_seconds 0.5
        # HELP c Nothing.
        # TYPE c gauge
        # EOF

        """)
  }

  @Test("escapes what the value of a label cannot contain", arguments: ExpositionFormat.allCases)
  func escaping(format: ExpositionFormat) {
    let sample = MetricFamily.Sample(labels: [.init(name: "l", value: "a\\b\"c\nd\ré{}")], value: "1")
    let family = MetricFamily(name: "a", kind: .gauge, help: "Measures.", samples: [sample])
    #expect(format.text([family]).contains("a{l=\"a\\\\b\\\"c\\nd\ré{}\"} 1\n"))
  }

  @Test(
    "is the one that the client prefers, and 0.0.4 without a preference",
    arguments: [
      ("", ExpositionFormat.prometheus), ("*/*", .prometheus), ("text/html,*/*;q=0.8", .prometheus),
      ("image/png", .prometheus), ("text/plain", .prometheus),
      ("application/openmetrics-text", .openMetrics), ("application/*, text/*;q=0.5", .openMetrics),
      ("application/openmetrics-text;version=1.0.0", .openMetrics),
      ("application/openmetrics-text; version=1.0.0; charset=utf-8", .openMetrics),
      ("application/openmetrics-text;version=0.0.1, */*;q=0.1", .prometheus),
      ("application/openmetrics-text;q=0.5, text/plain;q=0.6", .prometheus),
      ("application/openmetrics-text;q=0.5, text/plain;q=0.5", .prometheus),
    ])
  func preference(accept: String, format: ExpositionFormat) {
    #expect(ExpositionFormat(preferredBy: Accept([Array(accept.utf8)[...]])) == format)
  }

  @Test(
    "is OpenMetrics for Prometheus",
    arguments: [
      // 2.42 and 3.0.
      """
      application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
      text/plain;version=0.0.4;q=0.5,*/*;q=0.1
      """,
      """
      application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
      application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
      text/plain;version=0.0.4;q=0.3,*/*;q=0.2
      """,
    ])
  func realPreference(accept: String) {
    #expect(ExpositionFormat(preferredBy: Accept([Array(accept.utf8)[...]])) == .openMetrics)
  }
}
