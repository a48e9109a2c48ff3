import Base
import Definitions
import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

// Each of these reports what is wrong with a value and then returns nothing.
extension ConfigurationReader {
  /// `127.0.0.1:7070`, `[::1]:7070` or `localhost:7070`.
  mutating func listener(_ value: Value) -> Configuration.Listener? {
    let advice = "write ADDRESS:PORT, such as 127.0.0.1:7070 or [::1]:7070"
    guard let colon = value.text.lastIndex(of: ":") else {
      problem(value.place, "'\(value.text)' has no port; \(advice)")
      return nil
    }
    let digits = value.text[value.text.index(after: colon)...]
    guard let port = Int(digits), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), port <= 65_535 else {
      problem(value.place, "'\(digits)' is no port; use a number from 0 (any free port) to 65535")
      return nil
    }
    var host = String(value.text[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = String(host.dropFirst().dropLast())
      if Self.isAddress(host, AF_INET6) { return .init(host: host, port: port) }
    } else if host == "localhost" {
      return .init(host: "127.0.0.1", port: port)
    } else if Self.isAddress(host, AF_INET) {
      return .init(host: host, port: port)
    }
    problem(value.place, "'\(host)' is no IP address; \(advice)")
    return nil
  }

  /// The system's socket addresses have room for 107 bytes.
  mutating func socketPath(_ value: Value) -> String? {
    guard (1...107).contains(value.text.utf8.count) else {
      problem(
        value.place, "the path of a socket has 1 to 107 bytes, this one \(value.text.utf8.count); use a shorter one")
      return nil
    }
    return value.text
  }

  static func isAddress(_ text: String, _ family: Int32) -> Bool {
    withUnsafeTemporaryAllocation(byteCount: 16, alignment: 8) { inet_pton(family, text, $0.baseAddress) == 1 }
  }

  /// - Parameter isOrigin: nothing may follow the host and port, and no slash is kept.
  mutating func url(_ value: Value, isOrigin: Bool) -> String? {
    guard let parts = URLComponents(string: value.text), let scheme = parts.scheme?.lowercased(),
      ["http", "https"].contains(scheme), let host = parts.host, !host.isEmpty,
      parts.port.map({ (1...65_535).contains($0) }) ?? true
    else {
      problem(value.place, "'\(value.text)' is no URL; write it like https://mainstay.example.com")
      return nil
    }
    guard parts.user == nil, parts.password == nil else {
      // The value is not repeated: it holds a password.
      problem(value.place, "the URL holds a user or password; secrets are not written in configuration")
      return nil
    }
    guard isOrigin else { return value.text }
    guard ["", "/"].contains(parts.path), parts.query == nil, parts.fragment == nil else {
      problem(value.place, "'\(value.text)' has a path; pages are served at the root, so give scheme and host alone")
      return nil
    }
    return value.text.hasSuffix("/") ? String(value.text.dropLast()) : value.text
  }

  mutating func proxies(_ values: [Value]) -> [String] {
    var addresses: [String] = []
    for value in values {
      for part in value.text.split(separator: ",") {
        let address = part.trimmingCharacters(in: .whitespaces)
        if Self.isAddress(address, AF_INET) || Self.isAddress(address, AF_INET6) {
          addresses.append(address)
        } else {
          problem(value.place, "'\(address)' is no IP address of a proxy")
        }
      }
    }
    return addresses
  }

  mutating func store(_ value: Value) {
    if value.text == "sqlite" { return }
    let scheme = value.text.prefix { $0 != ":" }.lowercased()
    if ["postgres", "postgresql"].contains(scheme) {
      // The URL may hold a password: it is not repeated.
      problem(value.place, "this version keeps its journal in SQLite, not in PostgreSQL; write `sqlite`")
    } else {
      problem(value.place, "'\(value.text)' is no store; write `sqlite`")
    }
  }

  mutating func interval(_ value: Value, in range: ClosedRange<Interval>) -> Interval? {
    guard let interval = Interval(text: value.text), range.contains(interval) else {
      problem(
        value.place,
        "'\(value.text)' is no length of time from \(range.lowerBound.text) to \(range.upperBound.text)")
      return nil
    }
    return interval
  }

  mutating func number(_ value: Value, in range: ClosedRange<Int>) -> Int? {
    guard let number = Int(value.text), range.contains(number) else {
      problem(value.place, "'\(value.text)' is no whole number from \(range.lowerBound) to \(range.upperBound)")
      return nil
    }
    return number
  }

  mutating func logLevel(_ value: Value) {
    if let level = Configuration.LogLevel(rawValue: value.text) {
      setLogLevel(level)
    } else {
      let names = Configuration.LogLevel.allCases.map(\.rawValue)
      problem(value.place, "'\(value.text)' is no log level; use one of \(names.joined(separator: ", "))")
    }
  }
}

// MARK: - Scrape targets

extension ConfigurationReader {
  static let intervals = Interval.seconds(1)...Interval.minutes(10)

  /// URLs alone, from a flag or the environment: the job is the host, and the metrics are at `/metrics` where the URL
  /// names no path.
  mutating func targets(_ values: [Value]) -> [Configuration.Scrape] {
    var targets: [Configuration.Scrape] = []
    for value in values {
      for part in value.text.split(separator: ",") {
        let part = Value(text: part.trimmingCharacters(in: .whitespaces), place: value.place)
        guard let url = target(part) else { continue }
        let parts = URLComponents(string: url)
        let job = [parts?.host, parts?.port.map(String.init)].compactMap(\.self).joined(separator: ":")
        targets.append(.init(job: job, url: url))
      }
    }
    return targets
  }

  private mutating func target(_ value: Value) -> String? {
    guard let url = url(value, isOrigin: false) else { return nil }
    return ["", "/"].contains(URLComponents(string: url)?.path)
      ? (url.hasSuffix("/") ? url : url + "/") + "metrics" : url
  }

  /// `scrape` of the file: a list of mappings, or of URLs.
  mutating func scrape(_ node: Node) {
    guard let items = node.sequence else {
      return problem(node.position, "`scrape` is no list; write `- {job: NAME, url: URL}` for each target")
    }
    var targets: [Configuration.Scrape] = []
    for item in items {
      if let scalar = item.scalar {
        targets += self.targets([Value(text: scalar.text, place: "\(item.position)")])
      } else if let target = target(item) {
        targets.append(target)
      }
    }
    set(scrape: targets)
  }

  private mutating func target(_ node: Node) -> Configuration.Scrape? {
    let known = ["job", "url", "interval", "labels"]
    for member in node.mapping ?? [] where !known.contains(member.key) {
      let advice = suggestion(for: member.key, among: known).map { "did you mean `\($0)`?" }
      problem(
        member.keyPosition,
        "unknown key `\(member.key)`; \(advice ?? "known in a target are: \(known.joined(separator: ", "))")")
    }
    guard let urlNode = node["url"], let scalar = urlNode.scalar, !urlNode.isNull else {
      problem(node.position, "a target without `url`")
      return nil
    }
    guard let jobNode = node["job"], let job = jobNode.scalar, !job.text.isEmpty, !jobNode.isNull else {
      problem(node.position, "a target without `job`, its name")
      return nil
    }
    guard let url = target(Value(text: scalar.text, place: "\(urlNode.position)")) else { return nil }
    var target = Configuration.Scrape(job: job.text, url: url)
    if let node = node["interval"] {
      let value = Value(text: node.scalar?.text ?? "", place: "\(node.position)")
      guard let interval = interval(value, in: Self.intervals) else { return nil }
      target.interval = interval
    }
    for member in node["labels"]?.mapping ?? [] {
      guard let value = member.value.scalar, Self.isLabelName(member.key) else {
        problem(member.keyPosition, "`\(member.key)` is no label; names have letters, digits and _, values are texts")
        continue
      }
      target.labels.append(.init(name: member.key, value: value.text))
    }
    target.labels.sort { $0.name < $1.name }
    return target
  }

  private static func isLabelName(_ name: String) -> Bool {
    guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
    return name.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) || $0 == 0x5F }
  }
}
