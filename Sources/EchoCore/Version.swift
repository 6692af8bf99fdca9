/// The version of echod and echoc: the one place that states it.
public let echodVersion = "0.1.0"
