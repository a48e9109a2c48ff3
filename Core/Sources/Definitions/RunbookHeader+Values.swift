import Base

extension RunbookHeader {
  /// Whether a step may have a variable of that name: it has to be one, and must not steer a shell or the loader.
  public static func isVariable(_ name: String) -> Bool { RunbookReader.isVariable(name) }
}

extension RunbookHeader.Input {
  /// A value has at most so many bytes: it becomes a variable of a process's environment.
  public static let valueMax = 65_536

  /// What is wrong with a value, in words that follow the input's name; `nil` when it can be used. Newlines and what a
  /// shell would read are fine: a value is a variable, never text of a script.
  public func problem(with value: String) -> String? {
    let size = value.utf8.count
    guard size <= Self.valueMax else { return "has \(size) bytes; at most \(Self.valueMax) fit into a variable" }
    guard !value.utf8.contains(0) else { return "has a zero byte, which no variable can hold" }
    if isSecret {
      let isName = (1...128).contains(size) && value.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
      return isName ? nil : "takes the name of a secret of the configuration, not the secret"
    }
    if let wrong = typeProblem(value) { return wrong }
    if let pattern, !pattern.matches(value) { return "\(quoted(value)) does not match \(patternText ?? "its pattern")" }
    return nil
  }

  private func typeProblem(_ value: String) -> String? {
    switch type {
    case .string: return nil
    case .integer: return Int64(value) == nil ? "\(quoted(value)) is not a whole number" : nil
    case .number:
      let isNumber = Double(value)?.isFinite == true && !value.lowercased().contains("x")
      return isNumber ? nil : "\(quoted(value)) is not a number"
    case .boolean: return ["true", "false"].contains(value) ? nil : "\(quoted(value)) is neither true nor false"
    case .choice:
      return options.contains(value) ? nil : "\(quoted(value)) is not one of \(options.joined(separator: ", "))"
    case .duration:
      let isLength = Interval(text: value).map { $0 >= .zero } ?? false
      return isLength ? nil : "\(quoted(value)) is not a length of time; write it like 90s, 5m or 1h30m"
    case .service: return value.isEmpty ? "names no service" : nil
    }
  }
}
