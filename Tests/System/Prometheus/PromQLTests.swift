import Testing

@Suite("An expression in PromQL")
struct PromQLTests {
  @Test(
    "names its metrics",
    arguments: [
      ("up", ["up"]), (#"up{job="echod"} == 0"#, ["up"]),
      ("a / b > 0.8 and on (job, instance) c", ["a", "b", "c"]),
      (
        #"rate(a_total{reason="x"}[5m]) + ignoring (reason) rate(b_total[$__rate_interval])"#,
        ["a_total", "b_total"]
      ),
      ("sum by (reason) (rate(a:b:rate5m[5m])) > 1e3 or vector(0)", ["a:b:rate5m"]),
      ("a / ignoring (reason) group_left () (b > 0) unless c", ["a", "b", "c"]),
      ("label_values(up, instance)", ["up", "instance"]),
    ])
  func metrics(expression: String, names: [String]) {
    #expect(PromQL(expression).metrics == Set(names))
  }

  @Test("names reasons of drops")
  func reasons() {
    #expect(PromQL(#"a{x="y", reason=~"b|c"} + d{reason!="e"}"#).reasons == ["b", "c", "e"])
  }
}
