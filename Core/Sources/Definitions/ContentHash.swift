import Base

/// The name of a snapshot: SHA-256 over a form of the definitions that does not depend on comments, on the order of
/// keys, or on how documents are spread over files. Docs: "The content hash" in docs/definitions.md.
enum ContentHash {
  static func of(_ documents: [Document], _ runbooks: [Runbook]) -> String {
    var parts: [[UInt8]] = documents.map { document in
      var bytes: [UInt8] = []
      write(document.node, &bytes)
      return bytes
    }
    parts += runbooks.map { runbook in
      var bytes: [UInt8] = [0x72]
      write(runbook.name, &bytes)
      write(runbook.text, &bytes)
      return bytes
    }
    // Documents are sorted by their own bytes: names alone would leave equals in the order of their files.
    parts.sort { $0.lexicographicallyPrecedes($1) }
    return SHA256.hex(parts.flatMap { $0 })
  }

  /// A type letter, the count of what follows, and the content; so no two different values give the same bytes.
  private static func write(_ node: Node, _ bytes: inout [UInt8]) {
    switch node.value {
    case .scalar(let scalar):
      bytes.append(scalar.meaning == .string ? 0x73 : 0x70)
      write(scalar.text, &bytes)
    case .sequence(let items):
      bytes.append(0x6C)
      write(items.count, &bytes)
      for item in items { write(item, &bytes) }
    case .mapping(let members):
      bytes.append(0x6D)
      write(members.count, &bytes)
      for member in members.sorted(by: { $0.key < $1.key }) {
        write(member.key, &bytes)
        write(member.value, &bytes)
      }
    }
  }

  private static func write(_ text: String, _ bytes: inout [UInt8]) {
    write(text.utf8.count, &bytes)
    bytes += text.utf8
  }

  private static func write(_ count: Int, _ bytes: inout [UInt8]) {
    bytes += "\(count):".utf8
  }
}
