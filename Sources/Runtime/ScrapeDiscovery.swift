import Base
import Definitions
import Foundation
import Outbound
import Wire

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Finds the targets of jobs, and again when files of service discovery change.
///
/// The files are those of Prometheus' `file_sd_config`: JSON or YAML lists of `{targets: [HOST:PORT], labels: {…}}`. A
/// file that cannot be read keeps the targets it had; one that is gone has none any more.
struct ScrapeDiscovery {
  /// Targets of all jobs together.
  static let targetsMax = 10_000
  static let filesMax = 1_000
  static let fileBytesMax = 4 << 20

  private struct File {
    var stamp: Stamp
    var groups: [TargetGroup]
  }

  /// What tells that a file was written again, also in place and within one second.
  private struct Stamp: Equatable {
    var inode: UInt64
    var bytes: Int64
    var modified: Int64
  }

  let jobs: [ScrapeJob]
  private var files: [String: File] = [:]

  init(_ jobs: [ScrapeJob]) { self.jobs = jobs }

  var watchesFiles: Bool { jobs.contains { !$0.files.isEmpty } }

  /// The targets as of now, each once, in the order of the jobs; and what went wrong, a line for each thing that was
  /// not wrong at the last look.
  mutating func look() -> (targets: [ScrapeTarget], problems: [String]) {
    var targets: [ScrapeTarget] = []
    var problems: [String] = []
    var seen: Set<ScrapeTarget> = []
    var wanted: Set<String> = []
    for job in jobs {
      let paths = job.files.flatMap(Self.paths)
      var groups = job.addresses.isEmpty ? [] : [TargetGroup(targets: job.addresses, labels: [])]
      for path in paths.prefix(Self.filesMax) {
        wanted.insert(path)
        read(path, &problems)
        groups += files[path]?.groups ?? []
      }
      for target in job.targets(of: groups, &problems) where seen.insert(target).inserted { targets.append(target) }
    }
    files = files.filter { wanted.contains($0.key) }
    if targets.count > Self.targetsMax {
      problems.append("\(targets.count) targets are found and \(Self.targetsMax) scraped; split them over servers")
      targets.removeLast(targets.count - Self.targetsMax)
    }
    return (targets, problems)
  }

  private mutating func read(_ path: String, _ problems: inout [String]) {
    guard let stamp = Self.stamp(path) else {
      files[path] = nil
      return
    }
    guard files[path]?.stamp != stamp else { return }
    let kept = files[path]?.groups ?? []
    do throws(TargetGroup.Problem) {
      guard stamp.bytes <= Self.fileBytesMax, let data = FileManager.default.contents(atPath: path),
        let text = String(validating: data, as: UTF8.self)
      else { throw .init(text: "\(path): not a text of at most \(Self.fileBytesMax >> 20) MiB that can be read") }
      files[path] = File(stamp: stamp, groups: try TargetGroup.read(text, file: path))
    } catch {
      problems.append("\(error.text)\(kept.isEmpty ? "" : "; its targets from before stay")")
      files[path] = File(stamp: stamp, groups: kept)
    }
  }

  private static func stamp(_ path: String) -> Stamp? {
    var found = Glibc.stat()
    guard stat(path, &found) == 0 else { return nil }
    return Stamp(
      inode: UInt64(found.st_ino), bytes: Int64(found.st_size),
      modified: Int64(found.st_mtim.tv_sec) * 1_000_000_000 + Int64(found.st_mtim.tv_nsec))
  }

  /// The files that a pattern names, in order.
  private static func paths(_ pattern: String) -> [String] {
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(pattern, 0, nil, &found) == 0 else { return [] }
    return (0..<Int(found.gl_pathc)).compactMap { index in found.gl_pathv[index].map { String(cString: $0) } }
  }
}

/// Targets that share labels: an entry of a file of service discovery.
struct TargetGroup: Hashable {
  struct Problem: Error { var text: String }

  /// `HOST:PORT`.
  var targets: [String]
  var labels: [ScrapeTarget.Signature]

  /// Reads the text of a file, JSON or YAML.
  static func read(_ text: String, file: String) throws(Problem) -> [TargetGroup] {
    let result = YAMLReader().read(text, file: file)
    if let error = result.diagnostics.first(where: { $0.severity == .error }) {
      throw Problem(text: error.description)
    }
    guard let root = result.documents.first, !root.isNull else { return [] }
    guard result.documents.count == 1, let items = root.sequence else {
      throw Problem(text: "\(root.position): not a list; write `- targets: [HOST:PORT]`")
    }
    var groups: [TargetGroup] = []
    for item in items { groups.append(try group(item)) }
    return groups
  }

  private static func group(_ node: Node) throws(Problem) -> TargetGroup {
    for member in node.mapping ?? [] where member.key != "targets" && member.key != "labels" {
      throw Problem(text: "\(member.keyPosition): unknown key `\(member.key)`; known are: targets, labels")
    }
    guard let items = node["targets"]?.sequence else {
      throw Problem(text: "\(node.position): an entry without `targets`, a list of HOST:PORT")
    }
    var group = TargetGroup(targets: [], labels: [])
    for item in items {
      guard let text = item.scalar?.text, !text.isEmpty, !item.isNull else {
        throw Problem(text: "\(item.position): a target that is no HOST:PORT")
      }
      group.targets.append(text)
    }
    for member in node["labels"]?.mapping ?? [] {
      guard let value = member.value.scalar else {
        throw Problem(text: "\(member.keyPosition): the label `\(member.key)` is no text")
      }
      group.labels.append(.init(name: member.key, value: value.text))
    }
    return group
  }
}

extension ScrapeJob {
  /// The job's targets: those written in the configuration and those of the groups. Labels that begin with `__` say how
  /// to scrape and are not kept, as in Prometheus: `__scheme__`, `__metrics_path__`, `__scrape_interval__`,
  /// `__scrape_timeout__`, `__param_NAME`; `job` and `instance` replace ours.
  func targets(of groups: [TargetGroup], _ problems: inout [String]) -> [ScrapeTarget] {
    var targets = urls.map { ScrapeTarget(job: name, url: $0 + query([]), settings: settings, labels: labels) }
    for group in groups {
      for address in group.targets {
        do throws(TargetGroup.Problem) {
          targets.append(try target(address, group.labels))
        } catch {
          problems.append("job \(name): \(error.text)")
        }
      }
    }
    return targets
  }

  private func target(
    _ address: String, _ own: [ScrapeTarget.Signature]
  ) throws(TargetGroup.Problem) -> ScrapeTarget {
    var merged: [String: String] = [:]
    for label in labels + own { merged[label.name] = label.value }
    guard !address.isEmpty, address.utf8.count <= 512,
      !address.unicodeScalars.contains(where: { $0.value <= 0x20 || "/?#@".unicodeScalars.contains($0) })
    else { throw .init(text: "target '\(address.prefix(80))' is no HOST:PORT") }
    let scheme = merged["__scheme__"] ?? scheme
    guard scheme == "http" || scheme == "https" else {
      throw .init(text: "target \(address): __scheme__ '\(scheme)' is neither http nor https")
    }
    var settings = settings
    settings.interval = try Self.interval(merged["__scrape_interval__"], settings.interval, address)
    settings.timeout = try Self.interval(merged["__scrape_timeout__"], settings.timeout, address)
    let path = merged["__metrics_path__"] ?? metricsPath
    let parameters = own.filter { $0.name.hasPrefix("__param_") }.map {
      ScrapeTarget.Signature(name: String($0.name.dropFirst("__param_".count)), value: $0.value)
    }
    let kept = merged.filter { !$0.key.hasPrefix("__") && $0.key != "job" && $0.key != "instance" && !$0.value.isEmpty }
    return ScrapeTarget(
      job: merged["job"] ?? name,
      url: "\(scheme)://\(address)\(path.hasPrefix("/") ? path : "/" + path)\(query(parameters))",
      instance: merged["instance"] ?? address, settings: settings,
      labels: kept.map { .init(name: $0.key, value: $0.value) }.sorted { $0.name < $1.name })
  }

  private static func interval(
    _ text: String?, _ standard: Interval, _ address: String
  ) throws(TargetGroup.Problem) -> Interval {
    guard let text else { return standard }
    guard let interval = Interval(text: text), interval >= .seconds(1), interval <= .minutes(10) else {
      throw .init(text: "target \(address): '\(text)' is no interval from 1s to 10m")
    }
    return interval
  }

  private func query(_ own: [ScrapeTarget.Signature]) -> String {
    var merged: [String: String] = [:]
    for parameter in parameters + own { merged[parameter.name] = parameter.value }
    guard !merged.isEmpty else { return "" }
    return "?"
      + merged.sorted { $0.key < $1.key }.map { name, value in
        "\(PercentEncoding.component(name))=\(PercentEncoding.component(value))"
      }.joined(separator: "&")
  }
}
