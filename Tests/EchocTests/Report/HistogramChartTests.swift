import Testing

@testable import echoc

@Suite("A drawn histogram")
struct HistogramChartTests {
  private let plain = Palette(isOn: false)

  @Test("has no rows without latencies, and one if all are the same")
  func least() {
    #expect(chart([]).text(columns: 80, plain) == "")
    let same = chart([1000, 1000, 1000])
    #expect(same.counts == [3])
    #expect(same.text(columns: 30, plain) == "1.00 µs - 1.00 µs  3  ██████████\n")
    #expect(chart([0]).counts == [1])
  }

  @Test("has bins of the same ratio from the minimum to the maximum, and shows the empty ones")
  func bins() {
    let chart = chart([1000] + [Int64](repeating: 16_000_000, count: 7))
    #expect(chart.counts == [1, 0, 0, 7])
    #expect(chart.edges == [1000, 11_247, 126_491, 1_422_624, 16_000_000])
    #expect(
      chart.text(columns: 34, plain) == """
        1.00 µs - 11.2 µs  1  █▊
        11.2 µs -  126 µs  0
         126 µs - 1.42 ms  0
        1.42 ms - 16.0 ms  7  ████████████

        """)
  }

  @Test("counts every latency, in at most 20 rows, and shows each count but 0 in its bar")
  func many() {
    let chart = chart((1...50_000).map { Int64($0) * 137 })
    #expect(chart.counts.count == HistogramChart.rowLimit && chart.counts.reduce(0, +) == 50_000)
    let lines = chart.text(columns: 80, plain).split(separator: "\n")
    for (line, count) in zip(lines, chart.counts) {
      #expect(line.count <= 80 && line.contains("▏") == (count > 0 && line.last == "▏"))
    }
    #expect(lines[0].hasSuffix("▏") && lines[19].hasSuffix("█") && lines[19].count == 80)
  }

  @Test("has bins that are no finer than the accuracy of latencies")
  func finest() {
    let chart = chart((0..<1000).map { 1_000_000 + Int64($0 % 50) * 1000 })
    #expect(chart.counts.count == 2 && chart.counts.reduce(0, +) == 1000)
  }

  private func chart(_ values: [Int64]) -> HistogramChart {
    var latencies = Latencies()
    for value in values { latencies.record(value) }
    return HistogramChart(latencies)
  }
}
