import Base
import Crypto
import CryptoExtras

/// Signs what leaves the server and has to come back unchanged.
struct Signer: Sendable {
  private let key: SymmetricKey

  init(secret: [UInt8]) { key = SymmetricKey(data: secret) }

  /// 128 bits of an HMAC-SHA256 as 32 hex digits, each purpose with signatures of its own.
  func sign(_ text: String, for purpose: String) -> String {
    let code = HMAC<Crypto.SHA256>.authenticationCode(for: Array("\(purpose)\u{0}\(text)".utf8), using: key)
    return Hex.encode(Array(code.prefix(16)))
  }

  func verify(_ signature: some StringProtocol, of text: String, for purpose: String) -> Bool {
    constantTimeEqual(Array(signature.utf8), Array(sign(text, for: purpose).utf8))
  }
}

/// Compares without telling by its time where the difference is.
func constantTimeEqual(_ lhs: [UInt8], _ rhs: [UInt8]) -> Bool {
  guard lhs.count == rhs.count else { return false }
  var difference: UInt8 = 0
  for index in lhs.indices { difference |= lhs[index] ^ rhs[index] }
  return difference == 0
}

enum Hex {
  static func encode(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  static func decode(_ text: some StringProtocol) -> [UInt8]? {
    guard text.utf8.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    var rest = text[...]
    while !rest.isEmpty {
      guard let byte = UInt8(rest.prefix(2), radix: 16) else { return nil }
      bytes.append(byte)
      rest = rest.dropFirst(2)
    }
    return bytes
  }
}

/// Passwords as salted scrypt hashes: `scrypt$ROUNDS$BLOCK$PARALLEL$SALT$HASH`, salt and hash in hex.
public enum PasswordHash {
  /// About 16 MB and 50 ms each: N 2^14, r 8, p 1.
  public static func make(_ password: String, salt: [UInt8]) throws -> String {
    try make(password, salt: salt, rounds: 16_384, block: 8, parallel: 1)
  }

  static func make(_ password: String, salt: [UInt8], rounds: Int, block: Int, parallel: Int) throws -> String {
    let key = try KDF.Scrypt.deriveKey(
      from: Array(password.utf8), salt: salt, outputByteCount: 32, rounds: rounds, blockSize: block,
      parallelism: parallel)
    let hash = key.withUnsafeBytes { Array($0) }
    return "scrypt$\(rounds)$\(block)$\(parallel)$\(Hex.encode(salt))$\(Hex.encode(hash))"
  }

  public static func verify(_ password: String, against stored: String) -> Bool {
    let parts = stored.split(separator: "$")
    guard parts.count == 6, parts[0] == "scrypt", let rounds = Int(parts[1]), let block = Int(parts[2]),
      let parallel = Int(parts[3]), rounds <= 1 << 20, block <= 32, parallel <= 16, let salt = Hex.decode(parts[4]),
      let made = try? make(password, salt: salt, rounds: rounds, block: block, parallel: parallel)
    else { return false }
    return constantTimeEqual(Array(made.utf8), Array(stored.utf8))
  }
}

/// Links in messages that acknowledge and resolve an alert without a login: GET shows, POST acts, until they expire.
public enum AcknowledgeLink {
  /// The token of a link `/a/TOKEN`. `person` is recorded as the one who acknowledged.
  public static func token(alert: ULID, person: String, expires: Instant, secret: [UInt8]) -> String {
    let claim = "\(alert).\(expires.seconds).\(person)"
    return "\(alert).\(expires.seconds).\(Signer(secret: secret).sign(claim, for: "acknowledge")).\(person)"
  }

  enum Opened: Equatable {
    case good(alert: ULID, person: String)
    /// It was ours, until then.
    case expired(Instant)
    case forged
  }

  static func open(_ token: String, at now: Instant, secret: [UInt8]) -> Opened {
    let parts = token.split(separator: ".", maxSplits: 3)
    guard parts.count == 4, let alert = ULID(parts[0]), let seconds = Int64(parts[1]),
      Signer(secret: secret).verify(parts[2], of: "\(alert).\(seconds).\(parts[3])", for: "acknowledge")
    else { return .forged }
    let expires = Instant(seconds: seconds)
    return now < expires ? .good(alert: alert, person: String(parts[3])) : .expired(expires)
  }
}

/// Tokens for scripts: shown once, stored as the SHA-256 of their text.
public enum BearerToken {
  /// `mst_` and 40 hex digits from 20 random bytes.
  public static func make(random: [UInt8]) -> String { "mst_\(Hex.encode(random))" }

  /// What is stored and compared.
  public static func hash(_ token: String) -> String {
    Hex.encode(Array(Crypto.SHA256.hash(data: Array(token.utf8))))
  }
}
