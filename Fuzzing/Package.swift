// swift-tools-version: 6.2

import PackageDescription

// A package of its own, so that the product never depends on it. Build and run it with `run`: the sanitizers are
// chosen there, for echod's modules too.
let package = Package(
  name: "Fuzzing",
  dependencies: [.package(name: "echod", path: "..")],
  targets: [
    .target(name: "CLibFuzzer"),
    .target(name: "LibFuzzer", dependencies: ["CLibFuzzer"]),
    fuzzer("configuration", sources: "ConfigurationFuzzer"),
    fuzzer("http-request", sources: "HTTPRequestFuzzer"),
    fuzzer("prefix", sources: "PrefixFuzzer"),
  ],
  swiftLanguageModes: [.v6]
)

/// A fuzzer is one file in a folder of its own, a corpus in Corpus/NAME, and a dictionary if it needs one.
func fuzzer(_ name: String, sources: String) -> Target {
  .executableTarget(
    name: "\(name)-fuzzer",
    dependencies: ["LibFuzzer", .product(name: "EchoValues", package: "echod")],
    path: "Sources/\(sources)")
}
