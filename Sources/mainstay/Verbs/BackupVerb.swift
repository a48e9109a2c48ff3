import ArgumentParser
import Base
import Store

/// `mainstay backup`.
struct BackupVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup", abstract: "Copy journal and ledger, also while a server runs.",
    discussion: """
      EXAMPLE
        mainstay backup /backups/2026-11-21 --data-dir /var/lib/mainstay

      The copy is one committed state, with a manifest of lengths and SHA-256 sums. It runs on the machine of the data
      directory.
      """)

  @Argument(help: .init("Where to: a directory that does not exist yet, or is empty.", valueName: "dir"))
  var target: String
  @Option(name: .long, help: .init("The server's data directory.", valueName: "dir")) var dataDir: String
  @OptionGroup var output: FormatOptions

  func run() throws {
    do {
      let manifest = try Backup.create(from: DataDirectory(dataDir), to: target, now: Clock.now())
      if try output.printed(JSON(encoding: manifest)) { return }
      let bytes = manifest.files.reduce(0) { $0 + $1.bytes }
      print("\(target): \(manifest.lastSequence) events, \(manifest.files.count) files, \(bytes) bytes")
    } catch let failure as StoreFailure {
      throw Failure(failure.message)
    }
  }
}

/// `mainstay restore`.
struct RestoreVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "Put a backup in place, after checking it.",
    discussion: """
      EXAMPLE
        mainstay restore /backups/2026-11-21 --data-dir /var/lib/mainstay
        mainstay restore /backups/2026-11-21 --check

      Nothing is changed unless the whole backup is good. No server may be running on the data directory.
      """)

  @Argument(help: .init("The backup.", valueName: "dir")) var source: String
  @Option(name: .long, help: .init("Where to restore to.", valueName: "dir")) var dataDir: String?
  @Flag(name: .long, help: "Only check the backup.") var check = false
  @Flag(name: .long, help: "Restore over what is there; it is kept in replaced-N beside the restored files.")
  var force = false
  @OptionGroup var output: FormatOptions

  func validate() throws {
    if dataDir == nil, !check { throw ValidationError("give --data-dir DIR, or --check to check the backup alone") }
  }

  func run() throws {
    let manifest: BackupManifest
    do {
      manifest = try Backup.verify(source)
    } catch let failure as StoreFailure {
      throw Failure(failure.message, code: 1)
    }
    do {
      if let dataDir, !check { _ = try Backup.restore(from: source, to: DataDirectory(dataDir), force: force) }
    } catch let failure as StoreFailure {
      throw Failure(failure.message)
    }
    if try output.printed(JSON(encoding: manifest)) { return }
    print("\(source): \(manifest.lastSequence) events, \(check ? "good" : "restored to \(dataDir ?? "")")")
  }
}
