import Base
import Events

// The parts of an SLO's page below its plots. Each is right where its data is missing: it says the next step.

/// So many rows of a part are shown; the API has them all.
private enum Shown {
  static let labels = 6
  static let values = 10
  static let stretches = 10
  static let exemplars = 30
  static let exclusions = 50
  static let periods = 24
}

func backfillNotice(_ backfill: BackfillView?, _ context: PageContext) -> HTML {
  guard let backfill, !backfill.isDone else { return .nothing }
  return card("The past is being read") {
    p {
      "Read from \(backfill.source), up to "
      clock(backfill.reached, context)
      " of "
      clock(backfill.from, context)
      " to "
      until(backfill.to, context)
      ". Until it is done the budget below counts less than its window."
    }
    p(.class("row")) { backfillProgress(backfill) }
    if let problem = backfill.problem { p(.class("problem")) { problem } }
  }
}

func stepsCard(_ steps: [BudgetStepView], _ context: PageContext) -> HTML {
  card("Error budget policy", live: "steps") {
    if steps.isEmpty {
      empty("No policy says what happens when the budget goes. Write one:", hint: "kind: ErrorBudgetPolicy")
    } else {
      ul(.class("plain")) {
        for step in steps {
          li(.class("row apart")) {
            span {
              strong { "\(Format.percent(step.consumed, digits: 0)) used" }
              ": \(step.action)"
              if let note = step.note { div(.class("muted small")) { note } }
            }
            if let reached = step.reachedAt {
              span {
                state(Health.burning.named("reached")); " "; ago(reached, context)
              }
            } else {
              span(.class("muted")) { "not reached" }
            }
          }
        }
      }
    }
  }
}

func membersCard(_ members: [MemberView]) -> HTML {
  if members.isEmpty { return .nothing }
  return card("Made of", live: "members") {
    table(.class("cards")) {
      heads(("Objective", false), ("State", false), ("Weight", true), ("Measured", true))
      tbody {
        for member in members {
          tr {
            th(.attr("scope", "row")) { subjectLink("slo/\(member.name)", text: member.name) }
            cell("State") { state(member.health) }
            cell("Weight", right: true) { Format.percent(member.weight, digits: 0) }
            cell("Measured", right: true) { member.sli.map(Format.ratio) ?? "no data" }
          }
        }
      }
    }
  }
}

// MARK: - What burned it

func attributionParts(_ attribution: AttributionView?, _ slo: ObjectiveStatus, _ context: PageContext) -> HTML {
  guard let attribution, attribution.failed > 0 else {
    let nothing = slo.total > 0 && slo.total == slo.good
    return p(.class("muted")) {
      nothing
        ? "Nothing failed in the budget's window." : "Nothing is attributed in this range. Choose a longer one above."
    }
  }
  return .group([
    p {
      "\(Format.count(attribution.failed)) failures between "
      clock(attribution.from, context)
      " and "
      until(attribution.to, context)
      "."
    },
    div(.class("attribution")) {
      stretchTable(attribution, slo, context)
      for label in attribution.labels.prefix(Shown.labels) { labelTable(label) }
    },
    attribution.labels.isEmpty
      ? p(.class("muted small")) { "No label of the failing series tells them apart." }
      : attribution.labelsSince.map { since in
        p(.class("muted small")) {
          "By label since "; clock(since, context); "."
        }
      } ?? .nothing,
  ])
}

private func stretchTable(_ attribution: AttributionView, _ slo: ObjectiveStatus, _ context: PageContext) -> HTML {
  if attribution.stretches.isEmpty { return .nothing }
  return div {
    h3 { "By time" }
    table(.class("cards shares")) {
      heads(("When", false), ("", false), ("Failed", true), ("Share", true))
      tbody {
        for stretch in attribution.stretches.prefix(Shown.stretches) {
          tr {
            th(.attr("scope", "row")) {
              clock(stretch.from, context)
              div(.class("muted small")) { "for \(Format.length(stretch.to - stretch.from))" }
            }
            td(.class("bar")) { shareBar(stretch.share) }
            cell("Failed", right: true) { Format.count(stretch.failed) }
            cell("Share", right: true) { Format.percent(stretch.share) }
          }
        }
      }
    }
  }
}

private func labelTable(_ label: AttributionView.Label) -> HTML {
  div {
    h3 {
      "By "; code { label.name }
    }
    table(.class("cards shares")) {
      heads((label.name, false), ("", false), ("Failed", true), ("Share", true))
      tbody {
        for value in label.values.prefix(Shown.values) {
          tr {
            th(.attr("scope", "row")) { span(.class("wrap")) { value.value } }
            td(.class("bar")) { shareBar(value.share) }
            cell("Failed", right: true) { Format.count(value.failed) }
            cell("Share", right: true) { Format.percent(value.share) }
          }
        }
      }
    }
  }
}

func exemplarCard(_ exemplars: [ExemplarView]?, _ context: PageContext) -> HTML {
  // Only what is counted from spans has requests to show.
  guard let exemplars else { return .nothing }
  return card("Requests that failed", live: "exemplars") {
    if exemplars.isEmpty {
      empty("No span has failed yet.")
    } else {
      table(.class("cards")) {
        heads(("Span", false), ("Trace", false), ("Took", true), ("When", true))
        tbody {
          for exemplar in exemplars.prefix(Shown.exemplars) {
            tr {
              th(.attr("scope", "row")) {
                span(.class("wrap")) { exemplar.name }
                if let message = exemplar.message { div(.class("muted small wrap")) { message } }
              }
              cell("Trace") {
                if let link = exemplar.link {
                  a(.href(link), .attr("rel", "noreferrer")) { code(.class("trace")) { exemplar.traceID } }
                } else {
                  code(.class("trace")) { exemplar.traceID }
                }
              }
              cell("Took", right: true) { Format.took(exemplar.duration) }
              cell("When", right: true) { ago(exemplar.at, context) }
            }
          }
        }
      }
    }
  }
}

// MARK: - Exclusions

func exclusionCard(_ slo: ObjectiveStatus, _ exclusions: [ExclusionView], _ context: PageContext) -> HTML {
  section(.class("card"), .id("exclusions")) {
    h2 { "Left out of the budget" }
    div(.data("live", "exclusions")) {
      if exclusions.isEmpty {
        p(.class("muted")) {
          "Nothing. Planned work is left out by a "; code { "kind: Maintenance" }
          "; a time that was nobody's fault by the form below."
        }
      } else {
        exclusionTable(slo, exclusions, context)
      }
    }
    if context.may(.editor) { exclusionForm(slo, context) }
  }
}

private func exclusionTable(_ slo: ObjectiveStatus, _ exclusions: [ExclusionView], _ context: PageContext) -> HTML {
  table(.class("cards")) {
    heads(("From", false), ("To", false), ("Why", false), ("By", false), ("", false))
    tbody {
      for entry in exclusions.prefix(Shown.exclusions) {
        tr {
          cell("From") { clock(entry.from, context) }
          cell("To") {
            span {
              clock(entry.to, context)
              div(.class("muted small")) { Format.length(entry.to - entry.from) }
            }
          }
          cell("Why") { span(.class("wrap")) { entry.reason } }
          cell("By") {
            if let author = entry.author {
              actorName(author)
            } else {
              entry.place.map { place in code { place } } ?? "maintenance"
            }
          }
          td {
            if let id = entry.id, context.may(.editor) {
              actionForm(
                "/slos/\(SafeURL.encode(slo.name))/exclusions/\(SafeURL.encode(id))/remove", context,
                label: "Count again",
                confirm: "This time counts for the budget of \(slo.shownName) again at once.")
            }
          }
        }
      }
    }
  }
}

private func exclusionForm(_ slo: ObjectiveStatus, _ context: PageContext) -> HTML {
  details {
    summary { "Leave out a time" }
    form(
      .method("post"), .action("/slos/\(SafeURL.encode(slo.name))/exclusions"),
      .data(
        "confirm", "Failures in this time no longer count for \(slo.shownName). The journal keeps who said so and why.")
    ) {
      csrfField(context)
      input(.type("hidden"), .name("zone"), .value(context.zone.name))
      div(.class("fields")) {
        timeField("from", "From", context.now - .hours(1), context)
        timeField("to", "To", context.now, context)
        div {
          label(.for("reason")) { "Why" }
          input(.id("reason"), .name("reason"), .flag("required"), .attr("maxlength", "500"))
        }
        div(.class("actions")) { button(.type("submit"), .class("primary")) { "Leave out" } }
      }
    }
  }
}

private func timeField(_ name: String, _ words: String, _ value: Instant, _ context: PageContext) -> HTML {
  div {
    label(.for(name)) {
      "\(words) "; span(.class("muted")) { context.zone.name }
    }
    input(
      .id(name), .name(name), .type("datetime-local"), .value(context.zone.stamp(value)), .flag("required"))
  }
}

// MARK: - History and origin

func periodTable(_ periods: [PeriodView], _ slo: ObjectiveStatus) -> HTML {
  if periods.isEmpty {
    return p(.class("muted")) { "Each month and quarter is written down when it ends; there is no data for one yet." }
  }
  return table(.class("cards")) {
    heads(
      ("Period", false), ("Objective", false), ("Measured", true), ("Failed", true), ("Of", true), ("Budget left", true)
    )
    tbody {
      for period in periods.prefix(Shown.periods) {
        tr(.class(period.kind.rawValue)) {
          th(.attr("scope", "row")) {
            period.name
            if period.isOpen { " "; span(.class("tag")) { "so far" } }
          }
          cell("Objective") { periodState(period, slo) }
          cell("Measured", right: true) { period.sli.map(Format.ratio) ?? "no data" }
          cell("Failed", right: true) { Format.count(period.total - period.good) }
          cell("Of", right: true) { Format.count(period.total) }
          cell("Budget left", right: true) {
            budgetBar(period.budgetLeft, health: (period.budgetLeft ?? 1) > 0 ? .healthy : .exhausted)
          }
        }
      }
    }
  }
}

private func periodState(_ period: PeriodView, _ slo: ObjectiveStatus) -> HTML {
  guard let sli = period.sli else { return state(Health.noData) }
  return sli >= slo.objective ? state(Health.healthy.named("met")) : state(Health.exhausted.named("missed"))
}

func originFacts(_ slo: ObjectiveStatus, _ origin: OriginView?, _ context: PageContext) -> HTML {
  .group([
    dl(.class("facts")) {
      dt { "Counted" }
      dd { code { slo.indicator } }
      dt { "Last sample" }
      dd {
        if let last = origin?.lastSample ?? slo.lastSample { ago(last, context) } else { "none yet" }
      }
      if let since = origin?.since {
        dt { "Counted since" }
        dd { clock(since, context) }
      }
      if let series = origin?.series {
        dt { "Series" }
        dd { Format.grouped(Int64(series)) }
      }
    },
    p(.class("small")) { a(.href("/telemetry")) { "All sources, and what became of their samples" } },
  ])
}
