import Base
import Definitions
import Events
import Journal

/// The parameters of a run. They become variables of the environment and never text of a script.
public enum Inputs {
  /// All values of a run together.
  public static let totalMax = 262_144

  /// Checks what somebody gave against what the runbook asks for, and fills in what has a default.
  ///
  /// - Returns: the variables in the order of the runbook; of a secret input the value is the secret's name.
  /// - Throws: a `Refusal` that names the input and the remedy.
  public static func check(
    _ values: [RunVariable], against inputs: [RunbookHeader.Input], services: (String) -> Bool = { _ in true }
  ) throws(Refusal) -> [RunVariable] {
    var seen: Set<String> = []
    for value in values {
      guard inputs.contains(where: { $0.name == value.name }) else {
        let names = inputs.map(\.name)
        let known = names.isEmpty ? "it has no inputs" : "it has \(names.joined(separator: ", "))"
        throw Refusal(.invalid, "the runbook has no input \(value.name.cut(80)); \(known)")
      }
      guard seen.insert(value.name).inserted else {
        throw Refusal(.invalid, "input \(value.name) is given twice")
      }
    }
    var variables: [RunVariable] = []
    for input in inputs {
      guard let value = values.first(where: { $0.name == input.name })?.value ?? input.defaultValue else {
        if input.isRequired { throw Refusal(.invalid, "input \(input.name) is missing; give it a value") }
        continue
      }
      if let problem = input.problem(with: value) { throw Refusal(.invalid, "input \(input.name) \(problem)") }
      if input.type == .service, !services(value) {
        throw Refusal(.invalid, "input \(input.name) names no service of the catalog: \(value.cut(80))")
      }
      variables.append(RunVariable(name: input.name, value: value))
    }
    let size = variables.reduce(0) { $0 + $1.value.utf8.count }
    guard size <= totalMax else {
      throw Refusal(.invalid, "the inputs have \(size) bytes together; at most \(totalMax) are taken")
    }
    return variables
  }

  /// Which of the variables name secrets.
  public static func secrets(_ variables: [RunVariable], of inputs: [RunbookHeader.Input]) -> [SecretVariable] {
    variables.filter { variable in inputs.contains { $0.name == variable.name && $0.isSecret } }
      .map { SecretVariable(variable: $0.name, secret: $0.value) }
  }

  /// The variable in which later steps find the answer to the step of that name: `ANSWER_HOW_MANY`.
  public static func answerVariable(_ step: String) -> String {
    "ANSWER_"
      + String(
        step.uppercased().unicodeScalars.map { scalar in
          let isLetter = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
          return isLetter ? Character(scalar) : "_"
        })
  }
}
