import Base
import Events
import Journal

/// What an approval is of: whoever approves has seen exactly this, and nothing else is performed on their word.
public enum ApprovalBinding {
  /// SHA-256, in hex, over what is performed (with its check and its undo), the environment, the target and the commit
  /// of the definitions.
  ///
  /// - Parameters:
  ///   - parameters: the step's, its check's and its undo's, as they are in the program.
  ///   - target: what the run is about, and the services that it concerns.
  public static func hash(
    parameters: [JSON], environment: [RunVariable], target: [String], commit: String
  ) -> String {
    var hash = SHA256()
    func add(_ text: String) {
      hash.update("\(text.utf8.count):")
      hash.update(text)
    }
    func count(_ count: Int) { hash.update("[\(count)") }
    count(parameters.count)
    for value in parameters { add(value.text) }
    count(environment.count)
    for variable in environment {
      add(variable.name)
      add(variable.value)
    }
    count(target.count)
    for text in target { add(text) }
    add(commit)
    return hash.finish().hex
  }
}
