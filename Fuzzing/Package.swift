// swift-tools-version: 6.2

import PackageDescription

// A package of its own, so that the product never depends on it. scripts/fuzz builds and runs it, and chooses the
// sanitizers, for echod's modules too.
let package = Package(
  name: "Fuzzing",
  dependencies: [.package(name: "echod", path: "..")],
  targets: [
    .target(name: "CLibFuzzer"),
    .target(name: "LibFuzzer", dependencies: ["CLibFuzzer"]),
    fuzzer("configuration", sources: "ConfigurationFuzzer"),
    fuzzer("control-message", sources: "ControlMessageFuzzer"),
    fuzzer("http-request", sources: "HTTPRequestFuzzer"),
    fuzzer("prefix", sources: "PrefixFuzzer"),
    fuzzer("proxy-header", sources: "ProxyHeaderFuzzer"),
    fuzzer("restart-state", sources: "RestartStateFuzzer"),
    fuzzer("stamp", sources: "StampFuzzer"),
  ],
  swiftLanguageModes: [.v6]
)

/// A fuzzer is a folder of sources, a corpus in Corpus/NAME, and a dictionary if it needs one.
func fuzzer(_ name: String, sources: String) -> Target {
  .executableTarget(
    name: "\(name)-fuzzer",
    dependencies: ["LibFuzzer", .product(name: "EchodModules", package: "echod")],
    path: "Sources/\(sources)")
}
