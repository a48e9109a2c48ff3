extension Lexicon {
  /// All rules. Where two find the same words, the earlier one counts.
  public static let rules: [Rule] =
    [
      personAsCause, shouldHave, counterfactual, failedTo, fault, humanError, careless, judgement, discipline,
      attention, whoever,
      procedure,
    ] + [actsInCauses]

  private static func patterns(_ texts: String...) -> [LexiconPattern] { texts.map(LexiconPattern.init) }

  static let personAsCause = Rule(
    name: "person-as-cause",
    why: "names a person as the cause; it ends the search where it ought to begin",
    kinder: "name what was done and what let it through: \"a configuration with a wrong limit passed review and "
      + "reached all hosts at once\"",
    patterns: patterns(
      "PERSON ?ADV caused|broke|crashed|misconfigured|mistyped|botched|bungled|mishandled",
      "PERSON ?ADV took|brought ?the ?down ?site down",
      "PERSON ?ADV introduced ?a|the|this bug|error|fault|regression|mistake|outage",
      "PERSON ?ADV pushed|merged|deployed|shipped|approved|released ?a|the|this bad|broken|wrong|faulty|buggy|untested",
      "PERSON 's mistake|error|negligence|blunder|oversight|carelessness|bug|incompetence|slip|typo|misclick",
      "because of|due to|caused|triggered|broken|introduced|blamed by|on|to ?a|the ?mistake|error ?of|by PERSON",
      "because of PERSON", "due to PERSON", "blamed on PERSON", "blame is|lies|rests|falls|goes with|on|to PERSON",
      "caused|broken|introduced by PERSON", "mistake|error|negligence|carelessness of|by PERSON",
      "cause ?of ?the|this ?outage|incident ?was|is PERSON"))

  /// What programs are called too: `the Kubernetes operator failed to reconcile`.
  private static let programs: Set<String> = [
    "cluster", "connection", "database", "job", "k8s", "kubernetes", "lock", "memory", "package", "postgres",
    "prometheus", "queue", "replication", "resource", "session", "task", "transaction", "window",
  ]

  /// `She should have asked`, and not `she should have access`.
  static let shouldHave = Rule(
    name: "should-have",
    why: "measures people by what became clear afterwards; it says nothing of why their choice made sense then",
    kinder: "say what was seen and known at that moment, and what would have made the better choice the easy one",
    patterns: patterns("WHO ?on ?call ?ADV should|could|ought ?ADV ?not ?to ?ADV have"),
    unlessBefore: programs,
    unlessAfter: [
      "a", "access", "an", "another", "any", "at", "both", "clear", "enough", "fewer", "its", "less", "more", "no",
      "one", "permission", "permissions", "rights", "several", "some", "the", "their", "three", "time", "to", "two",
      "what",
    ])

  static let counterfactual = Rule(
    name: "should-have",
    why: shouldHave.why,
    kinder: shouldHave.kinder,
    patterns: patterns(
      "should|could ?ADV have known|noticed|realised|realized|remembered|guessed|anticipated|foreseen",
      "should|could ?ADV have ?ADV thought|paid|double-checked|asked|read",
      "should|could|ought ?to have been more careful|cautious|diligent|vigilant", "should know better", "knew better",
      "had|if ?only ?the HER ?on ?call ?had ?not ?just ?only checked|read|asked|looked|followed|tested|waited|noticed",
      "had|if ?only ?the operator|team ?on ?call ?had ?not checked|read|asked|looked|followed|tested|waited|noticed"),
    unlessBefore: [
      "alert", "alerts", "canary", "check", "checks", "detector", "monitor", "monitoring", "pipeline", "probe", "rule",
      "system", "test", "tests", "validator", "scheduler", "controller",
    ])

  static let failedTo = Rule(
    name: "failed-to",
    why: "tells of what a person did not do; what they did, and why it seemed right, is what can be learned from",
    kinder: "tell what happened instead: \"the page came while the first alert was being handled\"; \"the step stands "
      + "in no runbook\"",
    patterns: patterns(
      "WHO ?on ?call ?ADV failed|neglected|omitted|forgot to", "HER ?on ?call ?ADV refused to",
      "HER ?on ?call ?ADV forgot|overlooked|ignored|misread|mishandled|mistyped|disregarded|misjudged",
      "HER ?ADV missed|skipped the|a|an|this|that|it|his|her",
      "HER ?ADV messed|screwed|fouled ?it|this|things up", "HER ?ADV botched|bungled|blew",
      "WHO 's failure to", "failure of ?the WHO to", "failure to follow|notice|heed|pay|double-check|read",
      "did|does|do not bother|care to|about|enough", "could not be bothered", "WHO did not even",
      "WHO ?ADV did not notice|realise|realize|think|bother|care",
      "HER ?on ?call ?ADV did not ?ADV ask|check|communicate|consult|double-check|escalate|read|test|validate|verify",
      "HER ?on ?call ?ADV slept|dozed"),
    unlessBefore: programs)

  static let fault = Rule(
    name: "fault",
    why: "puts the outcome on somebody; the same conditions will catch the next person too",
    kinder: "describe the conditions: what was missing, hidden, hurried or easy to get wrong",
    patterns: patterns(
      "fault of ?the|our|an ?on-call WHO", "WHO 's fault|negligence|oversight|blunder",
      "his|her|their|my|your fault|mistake|oversight|blunder|negligence|carelessness",
      "WHO ?on ?call is|was|were|are ?ADV to blame", "WHO ?on ?call is|was|were|are ?ADV at fault",
      "WHO ?on ?call is|was|were|are ?ADV guilty|culpable",
      "WHO is|was|were|are ?ADV responsible for the|this|that outage|incident|failure|mistake|problem|downtime",
      "blame is|lies|rests|falls|goes with|on|to", "the blame for", "blame|blames|blamed|blaming ?the WHO",
      "culprit was HER",
      "the guilty party|person|engineer|one"),
    unlessAfter: [
      "tolerance", "tolerant", "domain", "domains", "injection", "isolation", "line", "model", "handler",
      "bridge", "call", "channel", "command", "communication", "communications", "document", "report", "response",
      "review", "room", "timeline", "updates",
    ])

  static let humanError = Rule(
    name: "human-error",
    why: "is a label, not an explanation: people err everywhere, and systems are built to take it",
    kinder: "say which step was easy to get wrong, and what caught it too late: \"two consoles look alike, and the "
      + "prompt does not name the environment\"",
    patterns: patterns(
      "human|operator|user|pilot|personal|individual error|errors|mistake|mistakes|failing|failings",
      "error|errors|mistake|mistakes of|by ?the|an|a ?on-call operator|engineer|developer|human|humans|person|admin|"
        + "administrator",
      "fat-finger*", "fat finger*", "finger trouble", "pebkac", "operator|engineer|developer|admin fault"),
    unlessBefore: ["4xx", "http", "no", "without"],
    unlessAfter: [
      "rate", "rates", "ratio", "budget", "budgets", "page", "pages", "message", "messages", "code", "codes", "count",
      "counts", "counter", "log", "logs", "handling", "metric", "metrics", "report", "reports", "response",
      "responses", "per",
    ])

  static let careless = Rule(
    name: "careless",
    why: "judges a person's character, which no action item can change",
    kinder: "leave the judgement out and describe the act and its setting: time of day, load, what the screen showed",
    patterns: patterns(
      "careless*|negligen*|sloppy|sloppily|sloppiness|reckless*|incompeten*|stupid*|foolish*|idiot*|clueless|"
        + "inattentive*|thoughtless*|irresponsibl*|unprofessional*|complacen*|inexcusabl*|lazy|lazily|laziness|dumb"),
    unlessAfter: [
      "load", "loads", "loading", "loaded", "evaluation", "evaluated", "init", "initialisation", "initialization",
      "initialised", "initialized", "import", "imports", "deletion", "expiry", "expiration", "fetch", "fetching",
      "fetched", "migration", "migrated", "free", "freeing", "allocation", "allocated", "reconnect", "terminal",
      "pipe", "pipes", "terminals", "computed", "created", "opened", "connection", "eviction", "replication",
    ])

  static let judgement = Rule(
    name: "judgement",
    why: "compares people with what the writer knows now",
    kinder: "say what the information at hand suggested, and what was not visible",
    patterns: patterns(
      "poor|bad|terrible|lacking judgement|judgment|decision-making",
      "lapse of|in judgement|judgment|attention|concentration",
      "rookie|amateur|basic|silly|elementary|dumb|obvious|embarrassing mistake|mistakes|error|errors", "no excuse",
      "wrong|bad|poor decision|decisions|call|judgement|judgment of|by ?the WHO",
      "there is no excuse", "common sense", "asleep at the wheel|switch",
      "lack of care|diligence|competence|discipline",
      "lack of attention ?to ?detail", "lack of common sense", "panicked", "inexperience of ?the WHO", "too junior",
      "not qualified enough"),
    unlessAfter: ["code", "codes"])

  static let discipline = Rule(
    name: "discipline",
    why: "threatens; people who fear for themselves stop telling what happened",
    kinder: "write an action item for the system: a guard, a check, a clearer screen, a runbook",
    patterns: patterns(
      "disciplinary", "reprimand*", "punish*", "held|hold|holding WHO accountable",
      "WHO ?will|must|should be held accountable",
      "written warning", "WHO needs|need ?more|better retraining|training", "retrain the WHO",
      "his|her|their|my|your performance review|plan", "performance improvement plan",
      "consequences for ?the WHO"))

  static let attention = Rule(
    name: "be-careful",
    why: "asks people to try harder; attention is not a barrier that can be relied on",
    kinder: "name a barrier that works when nobody is at their best",
    patterns: patterns(
      "be|been|being more|extra careful|cautious|diligent|attentive|vigilant|mindful",
      "not ?ADV careful|cautious|diligent|attentive|vigilant enough",
      "pay|paid|paying more|closer|better attention", "not paying|paid|pay ?enough attention", "try|tried harder",
      "take|taken|taking more|better care", "double-check everything", "must|should ?all never forget"),
    unlessBefore: ["probe", "scheduler"])

  static let whoever = Rule(
    name: "whoever",
    why: "looks for the person behind a change; the change is what the reader needs",
    kinder: "link the change itself and say what let it pass",
    patterns: patterns(
      "whoever ?ADV merged|pushed|deployed|wrote|changed|approved|broke|deleted|did|made|ran|configured|reviewed",
      "the person|individual|one who|that ?ADV merged|pushed|deployed|wrote|changed|approved|broke|deleted|ran|made",
      "the responsible|offending engineer|developer|person|individual|operator|admin|team"))

  static let procedure = Rule(
    name: "broke-the-rules",
    why: "takes the rule for granted; where work departs from it, the rule did not fit the work",
    kinder: "say how the work is done in practice, and what made the written way hard to follow",
    patterns: patterns(
      "WHO ?ADV violated|broke|breached|disobeyed|disregarded|bypassed|circumvented ?the|our "
        + "?change|release|deployment|safety procedure|procedures|"
        + "policy|policies|process|rule|rules|protocol|instructions|guidelines",
      "WHO ?ADV did not ?ADV follow", "WHO ?ADV failed to follow", "against ?the|our rules|instructions|orders",
      "procedure|process|policy|runbook violation", "violation of ?the|our procedure|process|policy by ?the WHO"))

  /// In the sections that tell of causes even a harmless verb makes its subject one.
  static let actsInCauses = Rule(
    name: "person-in-cause",
    why: "a person stands as the subject of a cause",
    kinder: "begin with the change or the condition: \"the limit was lowered to 10 at 14:02\" with a link to it",
    patterns: patterns(
      "PERSON ?had ?ADV ran|run|made|set|sent|wrote|did|put|cut|took|left|forgot|gave|changed|deployed|pushed|merged|"
        + "deleted|removed|added|applied|restarted|edited|enabled|disabled|rolled|released|approved|upgraded|moved|"
        + "started|stopped|raised|lowered|turned|switched|configured|dropped|missed|skipped|created|typed|updated|"
        + "renamed|executed|triggered|wanted|thought|assumed|believed|decided|chose",
      "PERSON 's change|changes|commit|deployment|deploy|script|command|merge|edit|configuration|config|decision",
      "change|commit|deployment|merge|edit|command|script|decision by|of|from PERSON"),
    onlyInCauses: true)
}
