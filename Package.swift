// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

func core(_ names: String...) -> [Target.Dependency] {
  names.map { .product(name: $0, package: "Core") }
}

/// Every part of Core but the simulation.
let wholeCore = core(
  "Base", "Definitions", "Journal", "Events", "Ledger", "Procedures", "Outbox", "Catalog", "Objectives", "Alerts",
  "OnCall", "Incidents", "Freeze", "Fatigue", "Reviews", "Access", "Runbooks", "StatusPages", "Figures", "Engine")

let package = Package(
  name: "mainstay",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "mainstay", targets: ["mainstay"])
  ],
  dependencies: [
    .package(path: "Core"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.26.0"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
  ],
  targets: [
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .target(name: "CProcess"),
    .target(
      name: "Wire",
      dependencies: ["CZlib", "CZstd"] + core("Base", "Definitions", "Journal", "Events", "Ledger", "Alerts") + [
        .product(name: "Yams", package: "Yams")
      ],
      swiftSettings: settings),
    .target(
      name: "Store",
      dependencies: ["CZstd"] + core("Base", "Journal", "Ledger") + [
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: settings),
    .target(name: "DiskFaults", path: "Tests/DiskFaults"),
    .testTarget(
      name: "StoreTests",
      dependencies: ["Store", "DiskFaults"] + core("Base", "Journal", "Ledger", "Simulation"),
      swiftSettings: settings),
    .target(
      name: "Outbound",
      dependencies: core("Base") + [
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOHTTPCompression", package: "swift-nio-extras"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: settings),
    .target(
      name: "Listening",
      dependencies: [
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
      ],
      swiftSettings: settings),
    .target(
      name: "Web",
      dependencies: ["Wire", "Listening"]
        + wholeCore
        + [
          .product(name: "Hummingbird", package: "hummingbird"),
          .product(name: "HummingbirdTLS", package: "hummingbird"),
          .product(name: "Crypto", package: "swift-crypto"),
          .product(name: "CryptoExtras", package: "swift-crypto"),
          .product(name: "Logging", package: "swift-log"),
          .product(name: "HTTPTypes", package: "swift-http-types"),
          .product(name: "HummingbirdCore", package: "hummingbird"),
          .product(name: "NIOCore", package: "swift-nio"),
          .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
          .product(name: "NIOSSL", package: "swift-nio-ssl"),
        ],
      swiftSettings: settings),
    .target(
      name: "Runtime",
      dependencies: ["CProcess", "Wire", "Store", "Outbound"]
        + wholeCore
        + [
          .product(name: "Logging", package: "swift-log")
        ],
      swiftSettings: settings),
    .target(
      name: "Demo",
      dependencies: ["Listening", "Outbound"] + core("Base") + [
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: settings),
    .target(
      name: "App",
      dependencies: ["Wire", "Store", "Outbound", "Web", "Runtime", "Demo"]
        + wholeCore
        + [
          .product(name: "Crypto", package: "swift-crypto"),
          .product(name: "Logging", package: "swift-log"),
        ],
      swiftSettings: settings),
    .executableTarget(
      name: "journal-bench",
      dependencies: ["Store", "Runtime"] + core("Base", "Journal", "Events", "Engine") + [
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
        .product(name: "Logging", package: "swift-log"),
      ],
      path: "bench/journal",
      exclude: ["slowsync.c"],
      swiftSettings: settings),
    .executableTarget(
      name: "slo-bench",
      dependencies: core("Base", "Ledger", "Objectives"),
      path: "bench/slo",
      swiftSettings: settings),
    .executableTarget(
      name: "oncall-bench",
      dependencies: core("Base", "OnCall"),
      path: "bench/oncall",
      swiftSettings: settings),
    .executableTarget(
      name: "mainstay",
      dependencies: ["App", "Wire", "Store", "Outbound", "Demo"]
        + core(
          "Base", "Definitions", "Journal", "Events", "Ledger", "Objectives", "OnCall", "Runbooks", "Reviews", "Engine")
        + [
          .product(name: "ArgumentParser", package: "swift-argument-parser"),
          .product(name: "Logging", package: "swift-log"),
        ],
      swiftSettings: settings),
    .testTarget(
      name: "AppTests",
      dependencies: ["App", "Wire", "Store", "Runtime", "Web"]
        + core("Base", "Events", "Ledger") + [.product(name: "Logging", package: "swift-log")],
      swiftSettings: settings),
    .testTarget(
      name: "WebTests",
      dependencies: ["Web", "Wire"] + wholeCore + [.product(name: "Logging", package: "swift-log")],
      exclude: ["routes.golden"],
      swiftSettings: settings),
    .testTarget(
      name: "RuntimeTests",
      dependencies: ["Runtime", "Store", "Wire"]
        + core("Base", "Journal", "Events", "Ledger", "Objectives", "Alerts", "OnCall", "Engine") + [
          .product(name: "Logging", package: "swift-log")
        ],
      swiftSettings: settings),
    .testTarget(
      name: "OutboundTests",
      dependencies: ["Outbound"] + core("Base") + [
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ],
      exclude: ["aiosmtpd_peer.py"],
      swiftSettings: settings),
    .testTarget(
      name: "DemoTests",
      dependencies: ["Demo", "Listening", "Outbound"] + core("Base") + [
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdTesting", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "WireTests",
      dependencies: ["Wire"] + core("Base", "Definitions", "Events", "Fatigue", "Ledger", "Objectives", "Alerts"),
      exclude: ["Corpus"],
      swiftSettings: settings),
  ]
)
