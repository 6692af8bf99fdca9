import Testing

/// The Debian package on a booted system, one machine after another. `scripts/test-package` prepares and runs them.
@Suite("The package", .serialized, .enabled(if: Machine.folder != nil, "scripts/test-package runs these"))
enum PackageTests {}
