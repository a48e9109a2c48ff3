import Base
import Definitions
import Foundation
import Outbound
import Runtime

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension ConfigurationReader {
  static let runbookSecretsMax = 1_000

  /// - Parameter base: what relative paths are relative to, where it is not the working directory.
  mutating func runbooks(_ key: ConfigurationKey, _ values: [Value], base: String) {
    guard let value = values.last else { return }
    var runbooks = configuration.runbooks
    switch key {
    case .runbooksConcurrency: number(value, in: 1...512).map { runbooks.concurrency = $0 }
    case .runbooksSandbox:
      if let kind = StepSandbox.Kind(rawValue: value.text) {
        runbooks.sandbox = kind
      } else {
        problem(value.place, "'\(value.text)' is no sandbox; write bubblewrap, or none to run steps without one")
      }
    case .runbooksUser: runbooks.user = user(value)
    case .runbooksRead: runbooks.read = paths(values, base: base)
    case .runbooksSecrets: runbooks.secrets = secrets(values)
    case .runbooksOutputRetention:
      interval(value, in: .hours(1)...(.days(3_650))).map { runbooks.outputRetention = $0 }
    case .runbooksStopGrace: interval(value, in: .zero...(.minutes(10))).map { runbooks.stopGrace = $0 }
    default: break
    }
    set(runbooks: runbooks)
  }

  /// `runbooks.secrets` of the file: a mapping of names to references.
  mutating func runbookSecrets(_ node: Node) {
    guard let members = node.mapping, members.count <= Self.runbookSecretsMax else {
      return problem(
        node.position,
        "`runbooks.secrets` is no mapping of at most \(Self.runbookSecretsMax) names to env:NAME or file:PATH")
    }
    var runbooks = configuration.runbooks
    runbooks.secrets = [:]
    for member in members {
      let place = "\(member.value.position)"
      guard let text = member.value.scalar?.text else {
        problem(place, "secret \(member.key) is no single value; write env:NAME or file:PATH")
        continue
      }
      secret(member.key, text, place: place).map { runbooks.secrets[member.key] = $0 }
    }
    set(runbooks: runbooks)
  }

  /// `NAME=env:NAME,OTHER=file:PATH`, from a flag or the environment.
  private mutating func secrets(_ values: [Value]) -> [String: String] {
    var secrets: [String: String] = [:]
    for value in values {
      for part in value.text.split(separator: ",") {
        guard let sign = part.firstIndex(of: "=") else {
          problem(value.place, "a secret is NAME=env:NAME or NAME=file:PATH")
          continue
        }
        let name = part[..<sign].trimmingCharacters(in: .whitespaces)
        let text = part[part.index(after: sign)...].trimmingCharacters(in: .whitespaces)
        secret(name, text, place: value.place).map { secrets[name] = $0 }
      }
    }
    return secrets
  }

  /// The value is not repeated: somebody may have written the secret itself.
  private mutating func secret(_ name: String, _ text: String, place: String) -> String? {
    guard let first = name.utf8.first, !(0x30...0x39).contains(first), name.utf8.count <= 128,
      name.utf8.allSatisfy({ (0x61...0x7A).contains($0 | 0x20) || (0x30...0x39).contains($0) || $0 == 0x5F })
    else {
      problem(place, "'\(name.prefix(60))' is no name of a secret; it becomes a variable, so use letters, digits and _")
      return nil
    }
    guard SecretRef(text) != nil else {
      problem(place, "secret \(name) is neither env:NAME nor file:PATH; secrets are not written in configuration")
      return nil
    }
    return text
  }

  private mutating func user(_ value: Value) -> Configuration.Runbooks.User? {
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    var buffer = [CChar](repeating: 0, count: 16 << 10)
    guard getpwnam_r(value.text, &entry, &buffer, buffer.count, &found) == 0, found != nil else {
      problem(value.place, "no user \(value.text.prefix(60)) on this machine; name one that exists")
      return nil
    }
    guard entry.pw_uid != 0 else {
      problem(value.place, "steps do not run as root; name another user")
      return nil
    }
    return .init(uid: entry.pw_uid, gid: entry.pw_gid)
  }

  private mutating func paths(_ values: [Value], base: String) -> [String] {
    var paths: [String] = []
    for value in values {
      for part in value.text.split(separator: ",") {
        let path = part.trimmingCharacters(in: .whitespaces)
        guard path.hasPrefix("/") || !base.isEmpty else {
          problem(value.place, "'\(path)' is no absolute path")
          continue
        }
        paths.append(path.hasPrefix("/") ? path : base + "/" + path)
      }
    }
    return paths
  }
}
