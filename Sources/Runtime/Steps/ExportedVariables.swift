import Base
import CProcess
import Events
import Foundation
import Runbooks

/// What a shell's script leaves in its environment when it ends, for the steps after it: as with runme, whatever it
/// exports.
///
/// The shell itself says so, by a trap in front of the script that writes its environment to a file in memory. A script
/// that sets an EXIT trap of its own, or ends by `exec`, exports nothing.
final class ExportedVariables {
  static let descriptor = CPROCESS_COLLECT
  /// On the first line of the script, so that the numbers of its lines stay right.
  static let prologue =
    "trap '{ set +x; } 2>/dev/null; /usr/bin/env -0 2>/dev/null >/proc/self/fd/\(descriptor) || :' EXIT; "
  private static let shells: Set<String> = ["sh", "dash", "bash", "zsh", "ksh"]
  private static let bytesMax = 1 << 20
  /// What shells set by themselves, and what differs with each performance.
  private static let own: Set<String> = [
    "PWD", "OLDPWD", "SHLVL", "_", "USER", "LOGNAME", "SHELL", "LANG", "TERM", "LINES", "COLUMNS",
  ]

  let file: Int32

  /// - Returns: `nil` where there is no file to be had.
  init?() {
    file = cprocess_memory_file()
    if file < 0 { return nil }
  }

  deinit { close(file) }

  /// Whether an interpreter takes the prologue.
  static func isShell(_ interpreter: String) -> Bool {
    shells.contains(interpreter.split(separator: "/").last.map(String.init) ?? interpreter)
  }

  /// The variables that are new or changed, in the order of their names.
  func read(since before: StepVariables) -> [RunVariable] {
    var bytes = [UInt8](repeating: 0, count: Self.bytesMax)
    let count = bytes.withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, 0) }
    // Of more than this the last may be cut.
    guard count > 0, count < Self.bytesMax else { return [] }
    let texts = bytes[..<count].split(separator: 0)
    var found: [RunVariable] = []
    for text in texts {
      guard let text = String(validating: text, as: UTF8.self), let equals = text.firstIndex(of: "=") else { continue }
      let (name, value) = (String(text[..<equals]), String(text[text.index(after: equals)...]))
      guard Exports.isName(name), !StepVariables.isReserved(name), !Self.own.contains(name), before[name] != value
      else { continue }
      found.append(RunVariable(name: name, value: value))
    }
    return found.sorted { $0.name < $1.name }
  }
}

extension ProcessStep {
  /// What is handed on of what a script exported: nothing that holds a secret, since it would be in the journal.
  func exports(_ collected: ExportedVariables?, into output: StepOutput) -> [RunVariable] {
    guard let collected else { return [] }
    return collected.read(since: variables).filter { variable in
      if output.masked(variable.value) != variable.value {
        output.take("[… \(variable.name) holds a secret, so later steps do not get it …]\n")
        return false
      }
      if variable.value.utf8.count > Exports.valueMax {
        output.take("[… \(variable.name) has more than \(Exports.valueMax) bytes, so later steps do not get it …]\n")
        return false
      }
      return true
    }
  }
}
