import Base
import Testing

private enum Severity: String, Codable { case critical, warning }

private enum Action: Codable, Equatable {
  case page(user: String, level: Int)
  case wait(Interval)
  case stop
}

private struct Payload: Codable, Equatable {
  var id: ULID
  var title: String
  var severity: Severity
  var at: Instant
  var wait: Interval
  var count: Int
  var share: Double
  var isOpen: Bool
  var note: String?
  var labels: [String: String]
  var actions: [Action]
  var detail: JSON
  var small: UInt8 = 7
}

private class Animal: Codable {
  var name: String
  init(name: String) { self.name = name }
}

private final class Dog: Animal {
  var age = 3
  private enum Keys: CodingKey { case age }
  override init(name: String) { super.init(name: name) }
  required init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Keys.self)
    age = try container.decode(Int.self, forKey: .age)
    try super.init(from: container.superDecoder())
  }
  override func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    try container.encode(age, forKey: .age)
    try super.encode(to: container.superEncoder())
  }
}

@Suite struct JSONCodingTests {
  private let payload = Payload(
    id: ULID("01ARZ3NDEKTSV4RRFFQ69G5FAV")!, title: "Disk", severity: .critical,
    at: Instant(rfc3339: "2026-11-21T03:26:25.123Z")!, wait: .minutes(90), count: 3, share: 0.25, isOpen: true,
    note: nil, labels: ["b": "2", "a": "1"], actions: [.page(user: "ana", level: 1), .wait(.seconds(5)), .stop],
    detail: ["x": [1, nil]])

  @Test func writesPayloads() throws {
    let json = try JSON(encoding: payload)
    #expect(
      json.text == """
        {"id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","title":"Disk","severity":"critical","at":"2026-11-21T03:26:25.123Z",\
        "wait":"1h30m","count":3,"share":0.25,"isOpen":true,"labels":{"a":"1","b":"2"},\
        "actions":[{"page":{"user":"ana","level":1}},{"wait":{"_0":"5s"}},{"stop":{}}],"detail":{"x":[1,null]},\
        "small":7}
        """)
    #expect(try json.decode(Payload.self) == payload)
    #expect(try JSON(parsing: json.bytes).decode(Payload.self) == payload)
  }

  @Test func readsMembersInAnyOrder() throws {
    var object = try JSON(encoding: payload).object!
    object.members.reverse()
    #expect(try JSON.object(object).decode(Payload.self) == payload)
    object["note"] = "x"
    #expect(try JSON.object(object).decode(Payload.self).note == "x")
    object["note"] = .null
    #expect(try JSON.object(object).decode(Payload.self).note == nil)
  }

  @Test func sortsWhatHasNoOrder() throws {
    let ids = (0..<50).map { ULID(high: 0, low: $0 &* 0x9E37_79B9_7F4A_7C15) }
    let byID = try JSON(encoding: Dictionary(uniqueKeysWithValues: ids.map { ($0, 1) }))
    #expect(byID == .array(ids.sorted().flatMap { [.string($0.description), 1] }))
    #expect(try byID.decode([ULID: Int].self).count == 50)
    #expect(try JSON(encoding: Set(ids)) == .array(ids.sorted().map { .string($0.description) }))
    #expect(try JSON(encoding: ["b": 1, "a": 2, "c": 3]).text == #"{"a":2,"b":1,"c":3}"#)
    #expect(try JSON(encoding: [10: "x", 9: "y"]).decode([Int: String].self) == [10: "x", 9: "y"])
  }

  @Test(arguments: [
    (#"{"a":{"b":[1,"x"]}}"#, "a.b[1]: expected a whole number, found a string"),
    (#"{"a":{"b":[1,1.5]}}"#, "a.b[1]: expected a whole number, found a number"),
    (#"{"a":{"b":3}}"#, "a.b: expected an array, found a number"),
    (#"{"a":{}}"#, "a: no member 'b'"),
    (#"{"a":[]}"#, "a: expected an object, found an array"),
    (#"[]"#, "value: expected an object, found an array"),
  ])
  func namesThePathOfAnError(_ text: String, _ message: String) throws {
    let json = try JSON(parsing: text)
    #expect {
      try json.decode([String: [String: [Int]]].self)["a"]!["b"] ?? json.decode(Outer.self).a.b
    } throws: { error in describe(error) == message }
  }

  private struct Outer: Decodable { struct Inner: Decodable { var b: [Int] }; var a: Inner }

  private func describe(_ error: any Error) -> String? {
    switch error as? DecodingError {
    case .typeMismatch(_, let context), .keyNotFound(_, let context), .dataCorrupted(let context),
      .valueNotFound(_, let context):
      context.debugDescription
    default: nil
    }
  }

  @Test func readsBadTextsAsErrors() throws {
    #expect { try (["at": "yesterday"] as JSON).decode([String: Instant].self) } throws: {
      describe($0) == "at: 'yesterday' is not a time such as 2026-11-21T03:26:25Z"
    }
    #expect { try (["x": [300]] as JSON).decode([String: [UInt8]].self) } throws: {
      describe($0) == "x[0]: 300 does not fit UInt8"
    }
    #expect(throws: EncodingError.self) { try JSON(encoding: ["x": Double.nan]) }
    #expect(throws: EncodingError.self) { try JSON(encoding: [UInt64.max]) }
    #expect(throws: DecodingError.self) { try (["small": 1] as JSON).decode(Payload.self) }
  }

  @Test func codesSingleValuesAndClasses() throws {
    #expect(try JSON(encoding: 3) == 3)
    #expect(try JSON(encoding: Int?.none) == .null)
    #expect(try JSON(encoding: [Int?.none, 4]) == [nil, 4])
    #expect(try ([nil, 4] as JSON).decode([Int?].self) == [nil, 4])
    #expect(try JSON.null.decode(Int?.self) == nil)
    #expect(try JSON(encoding: Severity.warning) == "warning")
    #expect(try JSON.int(3).decode(Double.self) == 3)
    #expect(try JSON.double(3).decode(Int.self) == 3)
    let dog = try JSON(encoding: Dog(name: "Rex"))
    #expect(dog.text == #"{"age":3,"super":{"name":"Rex"}}"#)
    #expect(try dog.decode(Dog.self).name == "Rex")
  }
}
