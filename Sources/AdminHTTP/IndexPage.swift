import EchoCore

/// The page at `/`: what there is to read.
enum IndexPage {
  static let text: String = {
    let width = Resource.allCases.map(\.rawValue.count).max() ?? 0
    let lines = Resource.allCases.map { resource in
      let padding = String(repeating: " ", count: width - resource.rawValue.count)
      return "\(resource.rawValue)\(padding)  \(resource.summary)\n"
    }
    return "echod \(echodVersion)\n\n" + lines.joined()
  }()
}
