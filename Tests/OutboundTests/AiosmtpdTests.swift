import Base
import Foundation
import Testing

@testable import Outbound

/// aiosmtpd as a child process, where the tests' Python environment has it.
private final class Peer {
  static let python: String? = {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let path = root.appendingPathComponent(".venv/bin/python").path
    guard FileManager.default.isExecutableFile(atPath: path) else { return nil }
    let probe = Process()
    probe.executableURL = URL(fileURLWithPath: path)
    probe.arguments = ["-c", "import aiosmtpd"]
    probe.standardError = FileHandle.nullDevice
    guard (try? probe.run()) != nil else { return nil }
    probe.waitUntilExit()
    return probe.terminationStatus == 0 ? path : nil
  }()

  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private var buffer = Data()

  init(_ mode: String) throws {
    process.executableURL = URL(fileURLWithPath: Self.python!)
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("aiosmtpd_peer.py")
    process.arguments = [script.path, mode, Certificate.made!.certificate, Certificate.made!.key]
    process.standardInput = input
    process.standardError = FileHandle.nullDevice
    process.standardOutput = output
    try process.run()
  }

  func line() -> String {
    while true {
      if let end = buffer.firstIndex(of: 10) {
        let line = String(decoding: buffer[..<end], as: UTF8.self)
        buffer = Data(buffer[buffer.index(after: end)...])
        return line
      }
      let more = output.fileHandleForReading.availableData
      if more.isEmpty { return "" }
      buffer.append(more)
    }
  }

  func stop() {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }
}

@Suite(.serialized, .timeLimit(.minutes(5)), .enabled(if: Peer.python != nil && Certificate.made != nil))
struct AiosmtpdTests {
  private let password = SecretResolver { _ throws(OutboundError) in Secret("pä55") }

  @Test(arguments: ["plain", "auth", "starttls", "tls"]) func takesOurPages(mode: String) async throws {
    let peer = try Peer(mode)
    defer { peer.stop() }
    let port = try #require(Int(peer.line()))
    var message = example
    message.title = "Wiedergabe gestört 🎬 \(mode)"
    message.body = ".\n..\nübermäßig\n" + String(repeating: "lang ", count: 300)
    let security: SMTPServer.Security = mode == "tls" ? .tls : mode == "starttls" ? .startTLS : .none
    let login = mode == "plain" ? nil : SMTPServer.LoginSettings(user: "ana", password: SecretRef("env:X")!)
    let target = ChannelTarget(
      name: "ana/email",
      transport: .smtp(
        SMTPTarget(
          server: SMTPServer(
            host: mode == "plain" || mode == "auth" ? "127.0.0.1" : "localhost", port: port, security: security,
            login: login),
          from: Mailbox(name: "Mainstay, Reel", address: "mainstay@reel.example"),
          to: [Mailbox(name: "Zoë", address: mode == "plain" ? "zoë@reel.example" : "zoe@reel.example")])))
    var configuration = SMTPClient.Configuration()
    configuration.trustRootsFile = Certificate.made?.certificate
    let client = SMTPClient(configuration: configuration)
    try await withClient { http in
      let channels = Channels(http: http, smtp: client, secrets: password)
      for _ in 0..<2 {
        let outcome = await channels.send(message, to: target, now: .epoch)
        #expect(outcome == .accepted(receipt: "250 2.0.0 kept"))
      }
    }
    let first = try JSON(parsing: peer.line())
    let second = try JSON(parsing: peer.line())
    #expect(first["messageID"] == second["messageID"])
    #expect(first["messageID"]?.string?.hasSuffix("@reel.example>") == true)
    #expect(first["subject"]?.string == "[critical] Wiedergabe gestört 🎬 \(mode)")
    #expect(first["toHeader"]?.string?.hasPrefix("Zoë <") == true)
    #expect(first["defects"] == [])
    #expect(first["text"]?.string?.replacing("\r\n", with: "\n").contains(message.body) == true)
    #expect(first["html"]?.string?.contains("href=\"http://127.0.0.1:8080/a/token\"") == true)
    #expect(first["date"] == "2026-11-21 03:26:25+00:00")
    // It notes TLS where STARTTLS brought it.
    #expect(first["tls"] == .bool(mode == "starttls"))
    #expect(first["authenticated"] == .bool(mode != "plain"))
  }

  @Test func aWrongPasswordIsRejected() async throws {
    let peer = try Peer("auth")
    defer { peer.stop() }
    let port = try #require(Int(peer.line()))
    let outcome = await SMTPClient().send(
      [65], envelope: SMTPEnvelope(from: "a@b.c", to: ["d@e.f"]),
      server: SMTPServer(host: "127.0.0.1", port: port, security: .none),
      login: SMTPLogin(user: "ana", password: Secret("hunter2")))
    guard case .failed(let failure) = outcome else { return missed("logged in") }
    #expect(failure.permanent)
    #expect(failure.text.contains("login: 535") && !failure.text.contains("hunter2"))
  }
}
