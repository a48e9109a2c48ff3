/// The states that pages show: everywhere the same word, icon and colour, never colour alone.
public protocol ShownState: Sendable {
  /// The word a reader sees.
  var word: String { get }
  /// The class that gives the colour.
  var tone: Tone { get }
  var icon: Icon { get }
}

/// What a colour stands for. The stylesheet gives each a light and a dark form.
public enum Tone: String, Sendable {
  case healthy, risk, burning, exhausted, quiet, acknowledged, suppressed
}

/// The state of a service or an objective.
public enum Health: String, Sendable, Codable, CaseIterable, ShownState {
  case healthy
  /// The budget is projected to run out within its window, or a quarter of it is left.
  case atRisk
  /// A pair of burn-rate windows fires.
  case burning
  /// Nothing is left of the budget.
  case exhausted
  case noData

  public var word: String {
    switch self {
    case .healthy: "healthy"
    case .atRisk: "at risk"
    case .burning: "burning"
    case .exhausted: "exhausted"
    case .noData: "no data"
    }
  }

  public var tone: Tone {
    switch self {
    case .healthy: .healthy
    case .atRisk: .risk
    case .burning: .burning
    case .exhausted: .exhausted
    case .noData: .quiet
    }
  }

  public var icon: Icon {
    switch self {
    case .healthy: .check
    case .atRisk: .triangle
    case .burning: .flame
    case .exhausted: .stop
    case .noData: .dashed
    }
  }

  /// Worse is larger; no data ranks above healthy because it hides what is going on.
  public var rank: Int {
    switch self {
    case .healthy: 0
    case .noData: 1
    case .atRisk: 2
    case .burning: 3
    case .exhausted: 4
    }
  }
}

public enum AlertCondition: String, Sendable, Codable, CaseIterable, ShownState {
  case firing, acknowledged, suppressed, resolved

  public var word: String { rawValue }

  public var tone: Tone {
    switch self {
    case .firing: .burning
    case .acknowledged: .acknowledged
    case .suppressed: .suppressed
    case .resolved: .healthy
    }
  }

  public var icon: Icon {
    switch self {
    case .firing: .bell
    case .acknowledged: .hand
    case .suppressed: .mute
    case .resolved: .check
    }
  }
}

public enum IncidentCondition: String, Sendable, Codable, CaseIterable, ShownState {
  case open, acknowledged, resolved

  public var word: String { rawValue }

  public var tone: Tone {
    switch self {
    case .open: .burning
    case .acknowledged: .acknowledged
    case .resolved: .healthy
    }
  }

  public var icon: Icon {
    switch self {
    case .open: .flame
    case .acknowledged: .hand
    case .resolved: .check
    }
  }
}

/// Where a page to a person is on its way.
public enum PageCondition: String, Sendable, Codable, CaseIterable, ShownState {
  case requested, sending, sent, retrying, dead, cancelled

  public var word: String {
    switch self {
    case .requested: "waiting"
    case .sending: "sending"
    case .sent: "sent"
    case .retrying: "retrying"
    case .dead: "not delivered"
    case .cancelled: "cancelled"
    }
  }

  public var tone: Tone {
    switch self {
    case .requested, .sending: .acknowledged
    case .sent: .healthy
    case .retrying: .risk
    case .dead: .exhausted
    case .cancelled: .quiet
    }
  }

  public var icon: Icon {
    switch self {
    case .requested, .sending: .clock
    case .sent: .check
    case .retrying: .triangle
    case .dead: .stop
    case .cancelled: .dashed
    }
  }
}

public enum ReviewCondition: String, Sendable, Codable, CaseIterable, ShownState {
  case drafted, published

  public var word: String { rawValue }
  public var tone: Tone { self == .drafted ? .risk : .healthy }
  public var icon: Icon { self == .drafted ? .pencil : .check }
}
