import Foundation
import Testing

@Suite("The dashboard")
struct DashboardTests {
  @Test("has variables for the data source, the instance and the listener, and uses no others")
  func variables() throws {
    let dashboard = try Dashboard()
    #expect(dashboard.templating.list.map(\.name) == ["datasource", "instance", "listener"])
    #expect(dashboard.templating.list.map(\.type) == ["datasource", "query", "query"])
    let used = try MonitoringFile.dashboard.text().matches(of: /\$\{?([a-zA-Z_]+)/).map { String($0.1) }
    let own = ["__all", "__interval", "__rate_interval"]
    #expect(Set(used) == Set(dashboard.templating.list.map(\.name) + own))
  }

  @Test("has panels that Prometheus can fill, each with a title and an explanation")
  func panels() throws {
    let panels = try Dashboard().panels
    #expect(Set(panels.map(\.id)).count == panels.count)
    for panel in panels where panel.type != "row" {
      #expect(!panel.title.isEmpty && panel.description?.isEmpty == false, "\(panel.title)")
      #expect(panel.targets?.isEmpty == false, "\(panel.title)")
    }
  }

  @Test("has panels that do not overlap")
  func grid() throws {
    var taken: Set<[Int]> = []
    for panel in try Dashboard().panels {
      let place = panel.gridPos
      #expect(place.x >= 0 && place.x + place.w <= 24)
      for x in place.x..<place.x + place.w {
        for y in place.y..<place.y + place.h { #expect(taken.insert([x, y]).inserted, "\(panel.title)") }
      }
    }
  }
}
