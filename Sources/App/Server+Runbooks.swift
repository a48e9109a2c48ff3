import Base
import Engine
import Foundation
import Ledger
import Logging
import Objectives
import Outbound
import Runtime
import Store
import Web

extension Server {
  /// What performs the steps of runbooks.
  static func runner(
    _ options: Options, _ writer: JournalWriter, _ clock: SystemClock, _ http: HTTPOut, _ telemetry: Telemetry,
    _ ledger: LedgerEngine, _ metrics: SelfMetrics, _ logger: Logger
  ) -> Runner {
    let place = RunnerPlace(
      dataDirectory: absolute(options.dataDirectory), definitions: absolute(options.definitions),
      temporary: FileManager.default.temporaryDirectory.path, isRoot: geteuid() == 0)
    return Runner(
      writer: writer, clock: clock, http: http, hub: RunHub(), settings: options.runner, place: place,
      metrics: metrics, logger: logger
    ) { slo, window in
      guard let objective = telemetry.objectives.first(where: { $0.id == slo }) else { return nil }
      let context = telemetry.contexts(of: [slo])[slo] ?? ObjectiveContext()
      let now = clock.now()
      let reading = ledger.read { WindowReading(objective, over: window, in: $0, now: now, context: context) }
      return SLIReading(burnRate: reading.burnRate, ratio: reading.ratio, budgetLeft: reading.budgetLeft)
    }
  }

  private static func absolute(_ path: String) -> String {
    URL(fileURLWithPath: path).resolvingSymlinksInPath().path
  }

  /// What every page says about how steps are performed, where there are runbooks at all.
  var runbookNotices: [Notice] {
    guard !parts.compiled.current.environment.runbooks.plans.isEmpty else { return [] }
    if let problem = parts.runner.problem { return [Notice(isError: true, text: "Runbooks cannot run: \(problem).")] }
    guard options.runner.sandbox == .none else { return [] }
    return [
      Notice(
        isError: false,
        text:
          "Steps of runbooks run without a sandbox, because `runbooks.sandbox: none` is set. Install bubblewrap and "
          + "remove the setting to keep them apart.")
    ]
  }
}
