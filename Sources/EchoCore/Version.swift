/// The version of echod and echoc: stated here only.
public let echodVersion = "0.1.0"
