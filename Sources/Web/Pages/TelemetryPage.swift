import Base
import Events

func telemetryPage(_ telemetry: TelemetryView, _ context: PageContext) -> PageBody {
  PageBody(
    title: "Telemetry", heading: .text(telemetryAnswer(telemetry)), place: .telemetry,
    content: .group([
      card("Targets that are scraped", live: "targets") { targetTable(telemetry.targets, context) },
      telemetry.queries.isEmpty
        ? .nothing : card("Data sources that are asked", live: "queries") { queryTable(telemetry.queries, context) },
      card("Senders", live: "senders") { senderTable(telemetry.senders, context) },
      telemetry.backfills.isEmpty
        ? .nothing : card("Backfills", live: "backfills") { backfillTable(telemetry.backfills, context) },
      div(.class("even")) {
        card("Samples since the start", live: "outcomes") { outcomeTable(telemetry.outcomes) }
        card("Limits", live: "limits") { limitTable(telemetry.limits) }
      },
    ]))
}

/// "1 of 12 targets does not answer; 3 senders bring 4 210 samples a second".
private func telemetryAnswer(_ telemetry: TelemetryView) -> String {
  let failing =
    telemetry.targets.filter { $0.problem != nil }.count + telemetry.queries.filter { $0.problem != nil }.count
  let asked = telemetry.targets.count + telemetry.queries.count
  let full = telemetry.limits.filter { $0.used >= $0.limit }
  let rate = telemetry.senders.compactMap(\.samplesPerSecond).reduce(0, +)
  let active = telemetry.senders.filter { $0.samples > 0 }.count
  var parts: [String] = []
  if let first = full.first { parts.append("The limit on \(first.name) is reached") }
  if failing > 0 {
    parts.append("\(failing) of \(Format.plural(asked, "target")) \(failing == 1 ? "does" : "do") not answer")
  } else if asked > 0 {
    parts.append(asked == 1 ? "The target answers" : "All \(asked) targets answer")
  }
  if rate > 0 {
    parts.append("\(Format.count(rate.rounded())) samples a second arrive")
  } else if active > 0 {
    parts.append("samples have arrived from \(Format.plural(active, "sender"))")
  } else {
    parts.append("no telemetry has arrived yet")
  }
  let text = parts.joined(separator: "; ")
  return text.prefix(1).uppercased() + text.dropFirst()
}

private func targetTable(_ targets: [TargetStatus], _ context: PageContext) -> HTML {
  if targets.isEmpty {
    return empty(
      "Nothing is scraped. Name a target in mainstay.yaml:", hint: "scrape: [{job: shop, url: http://…/metrics}]")
  }
  return table(.class("cards")) {
    heads(("Target", false), ("State", false), ("Last scrape", true), ("Took", true), ("Samples", true))
    tbody {
      for target in targets.sorted(by: {
        ($0.problem == nil ? 1 : 0, $0.job, $0.url) < ($1.problem == nil ? 1 : 0, $1.job, $1.url)
      }) {
        tr {
          th(.attr("scope", "row")) {
            target.job
            div(.class("muted small wrap")) { target.url }
            if let problem = target.problem { div(.class("exhausted small wrap")) { problem } }
          }
          cell("State") { reachability(target.problem, target.failingSince, asked: target.lastScrape, context) }
          cell("Last scrape", right: true) { target.lastScrape.map { ago($0, context) } ?? "not yet" }
          cell("Took", right: true) { target.took.map(Format.took) ?? "–" }
          cell("Samples", right: true) { target.samples.map { Format.grouped(Int64($0)) } ?? "–" }
        }
      }
    }
  }
}

private func reachability(_ problem: String?, _ since: Instant?, asked: Instant?, _ context: PageContext) -> HTML {
  span {
    if problem != nil {
      state(Health.exhausted.named("does not answer"))
      if let since {
        div(.class("muted small")) {
          "since "; clock(since, context)
        }
      }
    } else if asked == nil {
      state(Health.noData.named("waiting"))
    } else {
      state(Health.healthy.named("answers"))
    }
  }
}

private func queryTable(_ sources: [QuerySourceStatus], _ context: PageContext) -> HTML {
  table(.class("cards")) {
    heads(("Data source", false), ("State", false), ("Last answer", true))
    tbody {
      for source in sources {
        tr {
          th(.attr("scope", "row")) {
            source.name
            div(.class("muted small wrap")) { source.url }
            if let problem = source.problem { div(.class("exhausted small wrap")) { problem } }
          }
          cell("State") { reachability(source.problem, source.failingSince, asked: source.lastAnswer, context) }
          cell("Last answer", right: true) { source.lastAnswer.map { ago($0, context) } ?? "none yet" }
        }
      }
    }
  }
}

private func senderTable(_ senders: [SenderStatus], _ context: PageContext) -> HTML {
  if senders.isEmpty {
    return empty("Nothing has been sent. Have Prometheus remote-write to:", hint: "/intake/prometheus/api/v1/write")
  }
  return table(.class("cards")) {
    heads(("Sender", false), ("Samples a second", true), ("Samples", true), ("Bodies refused", true), ("Last", true))
    tbody {
      for sender in senders {
        tr {
          th(.attr("scope", "row")) {
            sender.name
            if let path = sender.path { div(.class("muted small wrap")) { code { path } } }
          }
          cell("Samples a second", right: true) {
            sender.samplesPerSecond.map { Format.count(($0 * 10).rounded() / 10) } ?? "–"
          }
          cell("Samples", right: true) { Format.count(sender.samples) }
          cell("Bodies refused", right: true) {
            sender.refused > 0 ? strong(.class("burning")) { Format.count(sender.refused) } : "0"
          }
          cell("Last", right: true) { sender.lastAt.map { ago($0, context) } ?? "–" }
        }
      }
    }
  }
}

func backfillTable(_ backfills: [BackfillView], _ context: PageContext) -> HTML {
  table(.class("cards")) {
    heads(("SLO", false), ("From", false), ("Progress", true), ("Read up to", true))
    tbody {
      for backfill in backfills {
        tr {
          th(.attr("scope", "row")) {
            subjectLink("slo/\(backfill.slo)", text: backfill.slo)
            if let problem = backfill.problem { div(.class("exhausted small wrap")) { problem } }
          }
          cell("From") { span(.class("wrap")) { backfill.source } }
          cell("Progress", right: true) { backfillProgress(backfill) }
          cell("Read up to", right: true) { clock(backfill.reached, context) }
        }
      }
    }
  }
}

func backfillProgress(_ backfill: BackfillView) -> HTML {
  span(.class("budget")) {
    shareBar(backfill.share, tone: backfill.problem == nil ? .acknowledged : .risk)
    span(.class("num")) { backfill.isDone ? "done" : Format.percent(backfill.share, digits: 0) }
  }
}

func outcomeTable(_ outcomes: [OutcomeCount]) -> HTML {
  let seen = outcomes.filter { $0.count > 0 }
  if seen.isEmpty {
    return empty(
      "None yet of a series that an SLI counts. What is wanted is named by the SLOs:", hint: "mainstay slo list")
  }
  return table(.class("cards")) {
    heads(("Outcome", false), ("Samples", true))
    tbody {
      for outcome in seen {
        tr {
          th(.attr("scope", "row")) {
            outcome.name
            if outcome.isLoss { " "; state(Health.atRisk.named("lost")) }
            div(.class("muted small")) { outcome.about }
          }
          cell("Samples", right: true) { Format.count(outcome.count) }
        }
      }
    }
  }
}

private func limitTable(_ limits: [LimitUse]) -> HTML {
  if limits.isEmpty { return empty("No bound is in use yet.") }
  return table(.class("cards")) {
    heads(("Limit", false), ("Used", true))
    tbody {
      for limit in limits {
        let share = limit.limit > 0 ? limit.used / limit.limit : 1
        tr {
          th(.attr("scope", "row")) {
            limit.name
            if share >= 1 { " "; state(Health.exhausted.named("reached")) }
          }
          cell("Used", right: true) {
            span {
              span(.class("budget")) {
                shareBar(share, tone: share >= 1 ? .exhausted : share >= 0.8 ? .risk : .healthy)
                span(.class("num")) { Format.percent(share) }
              }
              div(.class("muted small")) { "\(Format.count(limit.used)) of \(Format.count(limit.limit))" }
            }
          }
        }
      }
    }
  }
}
