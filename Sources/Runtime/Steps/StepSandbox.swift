import Base

/// What a step's processes may reach and use.
public struct StepBounds: Sendable, Hashable {
  /// Whether they share the machine's network; otherwise they have none.
  public var hasNetwork = false
  /// Paths that they may write to, where the file system lets their user; everything else is read-only or not there.
  public var write: [String] = []
  /// Bytes of private memory of each process.
  public var memory = 2 << 30
  /// Seconds of processor time of each process.
  public var cpuSeconds = 600
  /// Processes and threads at once.
  public var processes = 256
  /// Bytes of each file, and of the private `/tmp` as a whole.
  public var fileSize = 1 << 30
  /// Files open at once in each process.
  public var openFiles = 1_024

  public init() {}
}

/// How steps are kept apart from the machine and from each other.
///
/// Run as root, each step has a user of its own that nothing else on the machine uses. With bubblewrap it also has its
/// own processes, its own `/tmp` and devices, a read-only system, and a network only where it says so.
public struct StepSandbox: Sendable {
  public enum Kind: String, Sendable, CaseIterable {
    case bubblewrap
    /// Only a user of its own and limits: the configuration says so in as many words.
    case none
  }

  public var kind: Kind
  /// Where the script stands inside.
  static let scriptInside = "/run/mainstay/step"
  /// Of the system, where it exists.
  private static let system = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt"]
  /// Where name resolution may be kept outside of `/etc`.
  private static let resolvers = ["/run/systemd/resolve", "/run/resolvconf"]

  /// Whether the server may change users: it runs as root.
  public var isRoot: Bool
  /// The first of a row of users, one for each step under way at once.
  public var firstUser: UInt32
  /// In place of them: a user and group of the machine.
  public var user: (uid: UInt32, gid: UInt32)?
  /// Further paths that steps may read, such as where tools and their settings are.
  public var read: [String] = []
  /// What steps must not see although it lies below something they may read.
  public var hidden: [String] = []
  /// The same for single files.
  public var hiddenFiles: [String] = []

  public init(kind: Kind, isRoot: Bool, firstUser: UInt32, user: (uid: UInt32, gid: UInt32)? = nil) {
    self.kind = kind
    self.isRoot = isRoot
    self.firstUser = firstUser
    self.user = user
  }

  /// The user of a step in that place; `nil` where it is the server's own.
  func owner(slot: Int) -> (uid: UInt32, gid: UInt32)? {
    guard isRoot else { return nil }
    return user ?? (firstUser + UInt32(slot), firstUser + UInt32(slot))
  }

  /// The whole command line that performs `command`.
  ///
  /// - Parameters:
  ///   - directory: where it begins, inside.
  ///   - exists: whether a path is there on the machine.
  func commandLine(
    _ command: [String], slot: Int, bounds: StepBounds, directory: String, hasScript: Bool,
    exists: (String) -> Bool, link: (String) -> String?
  ) -> [String] {
    let limited = Self.limits(bounds) + command
    switch kind {
    case .none: return user(slot: slot, deathSignal: true) + limited
    case .bubblewrap:
      return wrap(bounds, directory: directory, hasScript: hasScript, exists: exists, link: link)
        + user(slot: slot, deathSignal: false) + limited
    }
  }

  private static func limits(_ bounds: StepBounds) -> [String] {
    [
      "prlimit", "--core=0", "--data=\(bounds.memory)", "--cpu=\(bounds.cpuSeconds):\(bounds.cpuSeconds + 5)",
      "--nproc=\(bounds.processes)", "--fsize=\(bounds.fileSize)", "--nofile=\(bounds.openFiles)", "--",
    ]
  }

  private func user(slot: Int, deathSignal: Bool) -> [String] {
    let death = deathSignal ? ["--pdeathsig", "KILL"] : []
    guard let owner = owner(slot: slot) else { return ["setpriv", "--no-new-privs"] + death + ["--"] }
    // `--init-groups` needs an entry in the user database, which our own users have none of.
    let groups = user == nil ? "--clear-groups" : "--init-groups"
    return [
      "setpriv", "--reuid=\(owner.uid)", "--regid=\(owner.gid)", groups, "--inh-caps=-all", "--bounding-set=-all",
      "--no-new-privs",
    ] + death + ["--"]
  }

  private static func lies(_ path: String, in directories: [String]) -> Bool {
    directories.contains { path == $0 || path.hasPrefix($0.hasSuffix("/") ? $0 : $0 + "/") }
  }

  private func wrap(
    _ bounds: StepBounds, directory: String, hasScript: Bool, exists: (String) -> Bool, link: (String) -> String?
  ) -> [String] {
    var line = [
      "bwrap", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--die-with-parent",
    ]
    line += ["--hostname", "mainstay-step"]
    if isRoot {
      // The user is changed inside; these two are what that takes. The bounding set is emptied with them.
      for capability in ["CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"] { line += ["--cap-add", capability] }
      line.insert(contentsOf: ["--cap-drop", "ALL"], at: 1)
    } else {
      line += ["--unshare-user"]
    }
    if !bounds.hasNetwork { line.append("--unshare-net") }
    for path in Self.system {
      if let target = link(path) {
        line += ["--symlink", target, path]
      } else if exists(path) {
        line += ["--ro-bind", path, path]
      }
    }
    if bounds.hasNetwork { for path in Self.resolvers where exists(path) { line += ["--ro-bind", path, path] } }
    line += ["--proc", "/proc", "--dev", "/dev"]
    line += ["--size", "\(min(bounds.fileSize, 64 << 20))", "--perms", "1777", "--tmpfs", "/dev/shm"]
    line += ["--size", "\(bounds.fileSize)", "--perms", "1777", "--tmpfs", "/tmp"]
    line += ["--dir", "/var/tmp", "--symlink", "/tmp", "/var/run"]
    for path in read where exists(path) { line += ["--ro-bind", path, path] }
    for path in bounds.write where exists(path) { line += ["--bind", path, path] }
    let shown = Self.system + read + bounds.write
    for path in hidden where exists(path) && Self.lies(path, in: shown) { line += ["--tmpfs", path] }
    for path in hiddenFiles where exists(path) && Self.lies(path, in: shown) {
      line += ["--ro-bind", "/dev/null", path]
    }
    if hasScript { line += ["--perms", "0555", "--ro-bind-data", "3", Self.scriptInside] }
    return line + ["--chdir", directory, "--"]
  }
}
