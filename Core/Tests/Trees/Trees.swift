import Base
import Definitions

/// Trees for tests, written as JSON; every node stands at the place given.
public func tree(_ text: String, file: String = "a.yaml") throws -> Node {
  func node(_ json: JSON) -> Node {
    let position = Position(file: file)
    switch json {
    case .null: return Node(.scalar(Scalar(text: "null", meaning: .null)), at: position)
    case .bool(let value): return Node(.scalar(Scalar(text: "\(value)", meaning: .bool(value))), at: position)
    case .int(let value): return Node(.scalar(Scalar(text: "\(value)", meaning: .int(value))), at: position)
    case .double(let value): return Node(.scalar(Scalar(text: "\(value)", meaning: .float(value))), at: position)
    case .string(let value): return Node(.scalar(.quoted(value)), at: position)
    case .array(let items): return Node(.sequence(items.map(node)), at: position)
    case .object(let object):
      return Node(
        .mapping(object.members.map { .init(key: $0.key, keyPosition: position, value: node($0.value)) }), at: position)
    }
  }
  return node(try JSON(parsing: text))
}

/// Loads documents as a directory of one file each.
public func load(_ texts: String..., references: Bool = true) throws -> LoadResult {
  var assembly = Assembly()
  for (index, text) in texts.enumerated() {
    let file = "\(index).yaml"
    assembly.add(ParsedFile(source: SourceFile(path: file, text: text), documents: [try tree(text, file: file)]))
  }
  return assembly.result(references: references)
}

/// A Backstage document.
public func entity(_ kind: String, _ name: String, _ spec: String) -> String {
  #"{"apiVersion":"backstage.io/v1alpha1","kind":"\#(kind)","metadata":{"name":"\#(name)"},"spec":\#(spec)}"#
}

/// A document of our own.
public func own(_ kind: String, _ name: String, _ spec: String) -> String {
  #"{"apiVersion":"mainstay.dev/v1","kind":"\#(kind)","metadata":{"name":"\#(name)"},"spec":\#(spec)}"#
}
