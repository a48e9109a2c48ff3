import Testing

/// Records that what a test was to look at is not there; for the else of a guard.
func missed(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) {
  Issue.record("\(text)", sourceLocation: sourceLocation)
}
