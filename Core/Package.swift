// swift-tools-version: 6.2
// The pure part of Mainstay: no third-party package, no I/O, no clock. It builds and tests alone, in seconds.
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

/// Every module and what it may import. `Scripts/tidy` holds the same arrows against the sources.
let modules: [(name: String, imports: [String])] = [
  ("Base", []),
  ("Definitions", ["Base"]),
  ("Journal", ["Base"]),
  ("Events", ["Base", "Journal"]),
  ("Ledger", ["Base"]),
  ("Procedures", ["Base", "Journal", "Events"]),
  ("Outbox", ["Base", "Journal", "Events"]),
  ("Catalog", ["Base", "Definitions"]),
  ("Objectives", ["Base", "Definitions", "Journal", "Events", "Ledger"]),
  ("Alerts", ["Base", "Definitions", "Journal", "Events"]),
  ("OnCall", ["Base", "Definitions", "Journal", "Events", "Procedures"]),
  ("Incidents", ["Base", "Definitions", "Journal", "Events"]),
  ("Freeze", ["Base", "Definitions", "Journal", "Events"]),
  ("Fatigue", ["Base", "Definitions", "Journal", "Events"]),
  ("Figures", ["Base", "Journal", "Events"]),
  ("Reviews", ["Base", "Journal", "Events"]),
  ("StatusPages", ["Base", "Definitions", "Journal", "Events"]),
  ("Access", ["Base", "Journal", "Events"]),
  ("Runbooks", ["Base", "Definitions", "Journal", "Events", "Procedures"]),
  (
    "Engine",
    [
      "Base", "Definitions", "Journal", "Events", "Procedures", "Outbox", "Catalog", "Objectives", "Alerts",
      "OnCall", "Incidents", "Freeze", "Fatigue", "Reviews", "Access", "Runbooks", "StatusPages", "Figures",
    ]
  ),
  (
    "Simulation",
    [
      "Base", "Definitions", "Journal", "Events", "Ledger", "Procedures", "Outbox", "Catalog", "Objectives", "Alerts",
      "OnCall", "Incidents", "Freeze", "Fatigue", "Reviews", "Access", "Runbooks", "StatusPages", "Figures", "Engine",
    ]
  ),
]

/// What tests need besides: documents written as JSON, cases worked by hand; the engine's stories begin with samples.
let testsAlsoImport = [
  "Definitions": ["Trees"], "Objectives": ["Trees"], "Engine": ["Ledger", "Trees"], "Ledger": ["CaseFiles"],
  "OnCall": ["CaseFiles"], "Runbooks": ["Trees"], "Reviews": ["CaseFiles"],
]

/// The modules that have a folder in `Tests`.
let tested: Set<String> = [
  "Base", "Engine", "Journal", "Ledger", "Objectives", "Procedures", "Simulation", "OnCall", "Definitions", "Catalog",
  "Freeze", "Alerts", "Fatigue", "Runbooks", "StatusPages", "Reviews", "Figures",
]

let package = Package(
  name: "Core",
  products: modules.map { .library(name: $0.name, targets: [$0.name]) },
  targets: [
    .executableTarget(name: "simulator", dependencies: ["Base", "Simulation"], swiftSettings: settings),
    .target(name: "Trees", dependencies: ["Base", "Definitions"], path: "Tests/Trees", swiftSettings: settings),
    .target(name: "CaseFiles", path: "Tests/CaseFiles", swiftSettings: settings),
  ]
    + modules.map { module in
      .target(
        name: module.name, dependencies: module.imports.map { .byName(name: $0) }, swiftSettings: settings)
    }
    + modules.filter { tested.contains($0.name) }.map { module in
      .testTarget(
        name: module.name + "Tests",
        dependencies: ([module.name] + module.imports + (testsAlsoImport[module.name] ?? [])).map {
          .byName(name: $0)
        },
        exclude: ["Ledger", "OnCall", "Reviews"].contains(module.name) ? ["Cases"] : [],
        swiftSettings: settings)
    }
)
