import Access
import Alerts
import Base
import Engine
import Logging
import OnCall
import Runtime
import Web

/// Alerts that come in: what the server has for them.
extension Server {
  static func alerts(
    _ options: Options, _ writer: JournalWriter, _ clock: SystemClock, _ metrics: SelfMetrics, _ compiled: Compiled,
    seed: UInt64
  ) -> AlertDesk {
    let book = IntegrationBook { clock.now() }
    book.use(compiled.current.snapshot, heartbeats: compiled.current.environment.heartbeats)
    let desk = AlertDesk(
      writer: writer, clock: clock, metrics: metrics, book: book, rawLife: options.payloadRetention, seed: seed
    ) { compiled.current.environment }
    desk.restore()
    return desk
  }

  var alertIntakes: [Intake] {
    AlertmanagerIntake(
      desk: parts.alerts, clock: parts.clock, startedAt: parts.startedAt, zones: parts.zones, version: Self.version
    ).all
      + PagerDutyIntake(desk: parts.alerts, clock: parts.clock).all
      + WebhookIntake(desk: parts.alerts, clock: parts.clock).all
      + HeartbeatIntake(desk: parts.alerts).all
  }

  var integrationViews: [IntegrationView] { parts.alerts.book.views { parts.alerts.deadline($0) } }

  func explain(_ event: [UInt8], _ integration: String?) throws -> [RouteExplanation] {
    let forms = parts.compiled.current
    let overrides = parts.writer.state.overrides
    return try RouteExplainer.explain(
      event, source: try RouteExplainer.source(integration, in: forms.snapshot), in: forms.environment,
      now: parts.clock.now(), administrators: parts.writer.state.access.administrators,
      overrides: { overrides.of($0) })
  }

  func watchAlerts() async {
    await parts.alerts.watch { error in
      parts.logger.error("silent alerts were not journalled", metadata: ["error": "\(error)"])
    }
  }
}
