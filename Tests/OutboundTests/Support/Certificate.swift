import Foundation
import NIOSSL

/// A certificate for `localhost` and 127.0.0.1, made by the `openssl` tool for this run of the tests.
enum Certificate {
  static let made: (certificate: String, key: String)? = make()

  private static func make() -> (certificate: String, key: String)? {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("mainstay-tls-\(getpid())")
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let (certificate, key) = (folder.appendingPathComponent("c.pem").path, folder.appendingPathComponent("k.pem").path)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
      "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", certificate,
    ]
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    process.waitUntilExit()
    return process.terminationStatus == 0 ? (certificate, key) : nil
  }

  static func serverContext() throws -> NIOSSLContext {
    let made = made!
    return try NIOSSLContext(
      configuration: .makeServerConfiguration(
        certificateChain: try NIOSSLCertificate.fromPEMFile(made.certificate).map { .certificate($0) },
        privateKey: .privateKey(try NIOSSLPrivateKey(file: made.key, format: .pem))))
  }
}
