import Runtime
typealias X = RuntimePlaceholder
