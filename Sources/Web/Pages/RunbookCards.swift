import Alerts
import Base
import Engine
import Events
import Incidents
import Journal
import Runbooks

/// The runbooks that fit and the runs about it, on the pages of services, alerts and incidents.
func runbooksCard(for alert: Alert, _ site: Site, _ context: PageContext) -> HTML {
  runbooksCard(
    site.runbooks(for: alert), about: alert.subject,
    runs: site.state.runbookRuns.about(alert.subject).map(site.runView),
    isOpen: alert.isOpen, context)
}

func runbooksCard(for incident: Incident, _ site: Site, _ context: PageContext) -> HTML {
  var services = incident.service.map { [$0] } ?? []
  for alert in incident.alerts.prefix(20).compactMap({ site.state.alerts.alerts[$0] }) {
    if let service = alert.signal.service, !services.contains(service) { services.append(service) }
  }
  var fitting: [RunbookEntry] = []
  for service in services {
    for runbook in site.runbooks(service: service) where !fitting.contains(where: { $0.name == runbook.name }) {
      fitting.append(runbook)
    }
  }
  return runbooksCard(
    fitting, about: incident.subject, runs: site.state.runbookRuns.about(incident.subject).map(site.runView),
    isOpen: incident.isOpen, context)
}

func runbooksCard(for service: ServiceEntry, _ site: Site, _ context: PageContext) -> HTML {
  let subject = Subject("service", service.name)
  let going = site.runsGoing.filter { $0.services.contains(service.name) && $0.about != subject }
  return runbooksCard(
    site.runbooks(service: service.name), about: subject,
    runs: going + site.state.runbookRuns.about(subject).map(site.runView), isOpen: true, context)
}

private func runbooksCard(
  _ runbooks: [RunbookEntry], about: Subject, runs: [RunView], isOpen: Bool, _ context: PageContext
) -> HTML {
  card("Runbooks", live: "runbooks") {
    if runbooks.isEmpty, runs.isEmpty {
      p(.class("muted")) { "None. Write one as Markdown with front matter that names this service." }
    }
    ul(.class("plain")) {
      for runbook in runbooks.prefix(12) {
        li(.class("run-line")) {
          a(.href("/runbooks/\(SafeURL.encode(runbook.name))?about=\(SafeURL.encode(about.text))")) { runbook.title }
          isOpen ? runButton(runbook, about: about, context) : .nothing
        }
      }
      for run in runs.prefix(6) {
        runLine(run, "Run of \(run.title)", context)
      }
    }
  }
}

/// A run in a narrow list.
func runLine(_ run: RunView, _ words: String, _ context: PageContext) -> HTML {
  li(.class("run-line")) {
    span {
      a(.href("/runs/\(run.id)")) { words }
      " "
      ago(run.startedAt, context)
    }
    state(run.condition)
  }
}

/// Runs at once what only reads and asks nothing; the rest is started from its page.
private func runButton(_ runbook: RunbookEntry, about: Subject, _ context: PageContext) -> HTML {
  let detail = runbook.detail
  guard context.may(.responder), !detail.steps.isEmpty else { return .nothing }
  let path = "/runbooks/\(SafeURL.encode(runbook.name))"
  let isPlain =
    detail.steps.allSatisfy { $0.risk == "read-only" }
    && detail.inputs.allSatisfy { !$0.isRequired || $0.standard != nil }
  if isPlain {
    return actionForm(
      "\(path)/runs", context, label: "Run", fields: [("mode", "all"), ("about", about.text)])
  }
  return a(.class("btn"), .href("\(path)?about=\(SafeURL.encode(about.text))")) { "Run…" }
}
