import Base
import Ledger

extension LedgerEngine {
  /// Snapshot first, then the logs since, oldest first.
  func restore(_ contents: inout Contents, _ definitions: [SLIDefinition], _ now: Instant) throws -> [String] {
    guard let files else {
      contents.register(definitions, at: now)
      return []
    }
    var warnings: [String] = []
    var next: UInt64 = 0
    do {
      if let (ledger, sequence) = try files.read(limits: contents.ledger.limits) {
        contents.ledger = ledger
        next = sequence
      }
    } catch {
      files.setAside()
      warnings.append("\(error); put aside as snapshot.damaged, only what the log still has is counted")
    }
    contents.register(definitions, at: now)
    for sequence in try files.logs() where sequence >= next {
      if let warning = try replay(sequence, files, &contents) { warnings.append(warning) }
    }
    return warnings
  }

  private func replay(_ sequence: UInt64, _ files: LedgerFiles, _ contents: inout Contents) throws -> String? {
    let path = LedgerLog.path(files.directory, sequence)
    let read = try LedgerLog.read(path, sequence: sequence)
    var numbers: [Int32: Int32] = [:]
    var warning: String?
    for bytes in read.frames {
      guard var frame = LedgerFrame(bytes) else {
        warning = "\(path): a frame cannot be understood and is left out"
        continue
      }
      for (number, key) in frame.named {
        // After a reload of definitions a number may be named again, for another series.
        numbers[number] = nil
        guard let set = LabelSet(key: key) else { continue }
        let targets = contents.match(set)
        // What nobody counts any more is read over.
        if !targets.isEmpty, let id = contents.ledger.intern(key, targets: targets) { numbers[number] = id.index }
      }
      frame.entries = frame.entries.compactMap { entry in
        numbers[entry.series].map { LedgerFrame.Entry(series: $0, sample: entry.sample) }
      }
      _ = contents.apply(frame, IngestCounts())
      for change in frame.changes { _ = contents.ledger.apply(change) }
    }
    if let torn = read.tornAt, torn > 0 || read.size > 0 {
      warning =
        "\(path): the last \(read.size - torn) bytes are torn or damaged, as after a power cut; "
        + "\(read.frames.count) intakes before them are counted"
    }
    return warning
  }
}
