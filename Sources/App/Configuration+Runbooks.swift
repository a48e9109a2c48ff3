import Base
import Outbound
import Runtime

extension Configuration {
  /// How steps of runbooks are performed.
  public struct Runbooks: Sendable, Hashable {
    /// Steps that processes perform, at once.
    public var concurrency = 32
    public var sandbox = StepSandbox.Kind.bubblewrap
    /// References by the secret's name: `env:NAME` or `file:PATH`.
    public var secrets: [String: String] = [:]
    /// The user and group that processes run as.
    public var user: User?
    /// Further paths that steps may read.
    public var read: [String] = []
    public var outputRetention = Interval.days(90)
    public var stopGrace = Interval.seconds(10)

    public struct User: Sendable, Hashable {
      public var uid: UInt32
      public var gid: UInt32
    }

    /// As the runner takes it.
    var settings: RunnerSettings {
      var settings = RunnerSettings()
      settings.concurrency = concurrency
      settings.sandbox = sandbox
      settings.secrets = secrets.compactMapValues(SecretRef.init)
      settings.user = user.map { ($0.uid, $0.gid) }
      settings.read = read
      settings.outputRetention = outputRetention
      settings.stopGrace = stopGrace
      return settings
    }
  }
}
