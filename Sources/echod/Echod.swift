import ArgumentParser
@main struct Echod: ParsableCommand {}
