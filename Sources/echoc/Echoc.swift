import ArgumentParser
@main struct Echoc: ParsableCommand {}
