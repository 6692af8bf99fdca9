// swift-tools-version: 6.2

import PackageDescription

let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  // A function of no actor runs where its caller does: the daemon's work stays on its own queues.
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

// lld comes with the toolchain. gold, the default, warns of mktemp(3) in Foundation, which echod never calls, and is a
// separate package on newer systems.
let linked: [LinkerSetting] = [.unsafeFlags(["-use-ld=lld"])]

let package = Package(
  name: "echod",
  products: [
    .executable(name: "echod", targets: ["echod"]),
    .executable(name: "echoc", targets: ["echoc"]),
    // For the fuzzers, which are a package of their own.
    .library(name: "EchodModules", targets: ["AdminHTTP", "Addresses", "EchoCore", "Sockets"]),
    // For tests, which load it into echod: only a product becomes a file that can be loaded.
    .library(name: "Faults", type: .dynamic, targets: ["Faults"]),
  ],
  // Exact, so that a build does not change by itself.
  dependencies: [
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", exact: "0.2.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
  ],
  targets: [
    .target(name: "CLinux"),
    .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
    .target(name: "Addresses", swiftSettings: strict),
    .target(
      name: "Sockets",
      dependencies: [
        "Addresses", "CLinux",
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: strict),
    .target(name: "EchoCore", dependencies: ["Addresses"], swiftSettings: strict),
    .target(
      name: "AdminHTTP", dependencies: ["Addresses", "EchoCore"], exclude: ["Resources/Page"],
      swiftSettings: strict, plugins: ["EmbedPage"]),
    .plugin(name: "EmbedPage", capability: .buildTool()),
    .target(
      name: "EchoServer",
      dependencies: [
        "Addresses", "AdminHTTP", "EchoCore", "Sockets",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "echod",
      dependencies: [
        "CSystemd", "EchoCore", "EchoServer", "Sockets",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: strict, linkerSettings: linked),
    .executableTarget(
      name: "echoc",
      dependencies: [
        "Addresses", "EchoCore", "Sockets",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Histogram", package: "hdrhistogram-swift"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: strict, linkerSettings: linked),
    .target(name: "Faults", path: "Tests/Faults"),
    .target(name: "TestSupport", dependencies: ["Addresses"], path: "Tests/Support", swiftSettings: strict),
    .testTarget(name: "AddressesTests", dependencies: ["Addresses"], swiftSettings: strict),
    .testTarget(
      name: "SocketsTests",
      dependencies: [
        "Addresses", "CLinux", "Sockets", "TestSupport",
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "EchoCoreTests", dependencies: ["Addresses", "EchoCore", "TestSupport"], exclude: ["Fixtures"],
      swiftSettings: strict),
    .testTarget(
      name: "AdminHTTPTests", dependencies: ["Addresses", "AdminHTTP", "EchoCore"], swiftSettings: strict),
    .testTarget(
      name: "EchoServerTests",
      dependencies: [
        "Addresses", "EchoCore", "EchoServer", "Sockets", "TestSupport",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "EchocTests",
      dependencies: [
        "Addresses", "EchoCore", "Sockets", "echoc",
        .product(name: "SystemPackage", package: "swift-system"),
      ], swiftSettings: strict),
    .testTarget(
      name: "EchodTests",
      dependencies: [
        "Addresses", "EchoServer", "Sockets", "TestSupport", "echod",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "SystemTests",
      dependencies: [
        "Addresses", "EchoCore", "Sockets", "TestSupport", "echoc", "echod",
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      path: "Tests/System",
      exclude: [
        "Course/tcp_client.py", "Course/tcp_server.py", "Course/udp_client.py", "Course/udp_server.py",
        "Client/header_server.py", "Client/odd_server.py", "Daemon/terminal.py", "Impairment/replies.py",
        "Network/flood.py", "Network/forge.py", "Network/ping.py", "Network/relay.py",
        "Package/restart_clients.py", "Page/Driver", "Prometheus/openmetrics.py", "Proxy/proxy_library.py",
        "Reload/pairs.py", "Reload/random_files.py",
        "Reload/world.py", "Stamp/stamp_peer.py",
      ],
      swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)
