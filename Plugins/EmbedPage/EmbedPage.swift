import Foundation
import PackagePlugin

/// Joins the sources of the live page into one Swift file before AdminHTTP is compiled.
@main struct EmbedPage: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    guard let target = target as? SwiftSourceModuleTarget else { return [] }
    let folder = target.directoryURL.appending(path: "Resources/Page")
    let sources = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { ["html", "css", "js", "py"].contains($0.pathExtension) }
      .sorted { $0.path < $1.path }
    let output = context.pluginWorkDirectoryURL.appending(path: "PageSource.swift")
    return [
      .buildCommand(
        displayName: "Joining the live page",
        executable: URL(filePath: "/usr/bin/env"),
        arguments: ["python3", folder.appending(path: "join.py").path, output.path],
        inputFiles: sources,
        outputFiles: [output])
    ]
  }
}
