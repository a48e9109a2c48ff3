import Ledger

/// An indicator as it is counted.
struct CompiledIndicator {
  var counts: SLISide
  var part = CountExpression([])
  var total = CountExpression([])
  var by: [String] = []
  var spans: SpanSelector?
  var form = QuerySLI.Form.samples
}

extension ObjectiveCompiler {
  /// `nil` where a note says why.
  static func compile(
    _ indicator: IndicatorSpec, of spec: ObjectiveSpec, notes: inout [ObjectiveNote]
  ) -> CompiledIndicator? {
    var found: [ObjectiveNote] = []
    let compiled: CompiledIndicator? =
      switch indicator {
      case .ratio(let good, let bad, let total, let counter):
        ratio(good, bad, total, counter, spec.language, notes: &found)
      case .raw(let query, let states): raw(query, states, spec.language, notes: &found)
      case .threshold(let query, let comparison, let value):
        threshold(query, comparison, value, spec.language, notes: &found)
      case .spans(let selector, let good, let bad): spans(selector, good, bad, notes: &found)
      }
    if let source = spec.source, let asked = asked(indicator), found.hasErrors {
      // What cannot be counted here is evaluated there.
      notes += found.map {
        ObjectiveNote(.note, $0.field, "is evaluated by \(source.source) at its step: \($0.message)")
      }
      return asked
    }
    notes += found
    return compiled
  }

  /// The queries as a data source is asked them.
  private static func asked(_ indicator: IndicatorSpec) -> CompiledIndicator? {
    switch indicator {
    case .ratio(.some(let good), nil, let total, _):
      CompiledIndicator(counts: .good, form: .instant(part: good, total: total, raw: nil))
    case .ratio(nil, .some(let bad), let total, _):
      CompiledIndicator(counts: .bad, form: .instant(part: bad, total: total, raw: nil))
    case .raw(let query, let states):
      CompiledIndicator(
        counts: states, form: .instant(part: nil, total: nil, raw: .init(query: query, reading: .share)))
    case .threshold(let query, let comparison, let value):
      CompiledIndicator(
        counts: .good,
        form: .instant(part: nil, total: nil, raw: .init(query: query, reading: .threshold(comparison, value))))
    case .ratio, .spans: nil
    }
  }

  /// Runs a parser; what it throws becomes a note.
  private static func parsed<Value>(
    _ field: ObjectiveNote.Field, _ notes: inout [ObjectiveNote], _ parse: () throws(SelectorError) -> Value
  ) -> Value? {
    do {
      return try parse()
    } catch {
      notes.append(ObjectiveNote(.error, field, error.description))
      return nil
    }
  }

  private static func ratio(
    _ good: String?, _ bad: String?, _ total: String, _ counter: Bool, _ language: QueryLanguage,
    notes: inout [ObjectiveNote]
  ) -> CompiledIndicator? {
    guard let query = good ?? bad, good == nil || bad == nil else {
      let message = good == nil ? "neither good nor bad events are given" : "good and bad events are both given"
      notes.append(ObjectiveNote(.error, .part, "\(message); give one"))
      return nil
    }
    let bare: ExpressionParser.Bare = counter ? .increments : .numbers
    func count(_ query: String) throws(SelectorError) -> (count: CountExpression, by: [String]) {
      switch language {
      case .promQL: try ExpressionParser.count(query, bare: bare)
      case .datadog: try DatadogParser.count(query, bare: bare)
      }
    }
    let part = parsed(.part, &notes) { () throws(SelectorError) in try count(query) }
    let whole = parsed(.total, &notes) { () throws(SelectorError) in try count(total) }
    guard let part, let whole else { return nil }
    if let term = (part.count.terms + whole.count.terms).first(where: {
      $0.reading == .value && $0.selector.looksLikeCounter
    }) {
      notes.append(
        ObjectiveNote(
          .warning, .part,
          "\(term.selector.metric ?? "") has the name of a counter, but each sample counts as that many events; "
            + "write counter: true to count its increments"))
    }
    let sides = CountExpression.sides(part.count, of: whole.count, side: good == nil ? .bad : .good)
    return CompiledIndicator(
      counts: sides.side, part: sides.part, total: whole.count, by: part.by.isEmpty ? whole.by : part.by)
  }

  private static func raw(
    _ query: String, _ states: SLISide, _ language: QueryLanguage, notes: inout [ObjectiveNote]
  ) -> CompiledIndicator? {
    let expression = parsed(.part, &notes) { () throws(SelectorError) in
      switch language {
      case .promQL: return try ExpressionParser.parse(query, bare: .shares, states: states)
      case .datadog:
        let selector = try DatadogParser.gauge(query)
        return .ratio(
          part: CountExpression([CountTerm(selector, reading: .share)]),
          total: CountExpression([CountTerm(selector, reading: .samples)]), side: states, by: [])
      }
    }
    switch expression {
    case .ratio(let part, let total, let side, let by):
      return CompiledIndicator(counts: side, part: part, total: total, by: by)
    case .count:
      notes.append(
        ObjectiveNote(
          .error, .part, "column 1: a raw query is a ratio, such as sum(rate(errors_total[5m])) / sum(rate(all[5m]))"))
      return nil
    case nil: return nil
    }
  }

  private static func threshold(
    _ query: String, _ comparison: Comparison, _ value: Double, _ language: QueryLanguage,
    notes: inout [ObjectiveNote]
  ) -> CompiledIndicator? {
    let selector = parsed(.part, &notes) { () throws(SelectorError) in
      switch language {
      case .promQL: try ExpressionParser.gauge(query)
      case .datadog: try DatadogParser.gauge(query)
      }
    }
    guard let selector else { return nil }
    return CompiledIndicator(
      counts: .good, part: CountExpression([CountTerm(selector, reading: .samplesWhere(comparison, value))]),
      total: CountExpression([CountTerm(selector, reading: .samples)]))
  }

  private static func spans(
    _ selector: String, _ good: String?, _ bad: String?, notes: inout [ObjectiveNote]
  ) -> CompiledIndicator? {
    guard let text = bad ?? good, good == nil || bad == nil else {
      notes.append(
        ObjectiveNote(
          .error, .part, "it says not what makes a span bad; write bad: 'status=\"error\"' beside spans"))
      return nil
    }
    let matchers = parsed(.total, &notes) { () throws(SelectorError) in try SpanParser.matchers(selector) }
    let condition = parsed(.part, &notes) { () throws(SelectorError) in try SpanParser.condition(text) }
    guard let matchers, let condition else { return nil }
    return CompiledIndicator(
      counts: .bad, spans: SpanSelector(matchers: matchers, bad: bad == nil ? condition.negated : condition))
  }
}
