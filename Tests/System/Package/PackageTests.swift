import Testing

/// The Debian package on a booted system, one machine after another. `Tests/package` prepares and runs them.
@Suite("The package", .serialized, .enabled(if: Machine.folder != nil, "Tests/package runs these"))
enum PackageTests {}
