import Base
import Foundation
import Testing

@Suite struct JSONParsingTests {
  @Test(
    arguments: [
      ("null", .null), (" true ", true), ("false", false), ("0", 0), ("-0", 0), ("-12", -12),
      ("9223372036854775807", .int(.max)), ("-9223372036854775808", .int(.min)),
      ("9223372036854775808", .double(9_223_372_036_854_775_808)), ("1.0", .double(1)), ("-0.0", .double(-0.0)),
      ("1e2", .double(100)), ("1E-2", .double(0.01)),
      ("123456789012345678901234567890", .double(1.2345678901234568e29)),
      ("0.1", .double(0.1)), ("2.2250738585072014e-308", .double(2.2250738585072014e-308)),
      ("5e-324", .double(.leastNonzeroMagnitude)),
      ("1e-9999999999999999999999", .double(0)), ("1.7976931348623157e308", .double(.greatestFiniteMagnitude)),
      ("9007199254740993e0", .double(9_007_199_254_740_992)), ("\"\"", ""), ("[]", .array([])), ("{}", .object([:])),
      (#""a\"\\\/\b\f\n\r\té😀z""#, .string("a\"\\/\u{8}\u{c}\n\r\té😀z")),
      (#""\u00E9\uD83D\ude00\u0000""#, "é😀\u{0}"), ("\"é😀\"", "é😀"), ("\"\u{7f}\"", "\u{7f}"),
      (#"{"a":[1,{"b":null}],"":2}"#, ["a": [1, ["b": nil]], "": 2]),
    ] as [(String, JSON)])
  func reads(_ text: String, _ value: JSON) throws {
    #expect(try JSON(parsing: text) == value)
  }

  @Test(arguments: [
    ("", "1:1: the text ends too early; write a value here"),
    ("[1,]", "1:4: unexpected ']'; remove the comma before it"),
    ("{\"a\":1,}", "1:8: unexpected '}'; remove the comma before it"),
    ("[1 2]", "1:4: unexpected '2'; put ',' or ']' here"),
    ("[1,\n 2", "2:3: the text ends too early; close with ']'"),
    ("{a:1}", "1:2: unexpected 'a'; write a member name in double quotes"),
    ("{\"a\" 1}", "1:6: unexpected '1'; put ':' after the member name"),
    ("{\"a\":1,\n\"a\":2}", "2:1: a second member named \"a\"; keep one of the two"),
    ("tru", "1:1: unknown word; write true, false or null, or put text in double quotes"),
    ("01", "1:1: a number with a leading zero; remove the zero"),
    ("-", "1:2: the text ends too early; write a digit here"),
    ("1.", "1:3: the text ends too early; write a digit here"),
    (".5", "1:1: unexpected '.'; write a value here: an object, array, string, number, true, false or null"),
    ("1e400", "1:1: a number too large for 64-bit floating point; write it as a string"),
    ("1 x", "1:3: unexpected 'x'; one text holds one value; remove what follows it"),
    ("\"a", "1:3: the text ends too early; close the string with '\"'"),
    ("\"é\tb\"", "1:3: unexpected byte 0x09; write control characters in strings as \\n, \\t or \\u00XX"),
    (#""\x""#, "1:2: unknown escape; write a backslash itself as \\\\"),
    (#""\u12g4""#, "1:2: an incomplete \\u escape; write four hexadecimal digits after \\u"),
    (#""\ud800""#, "1:2: half of a surrogate pair; write both halves, or the character itself"),
    (#""\udc00\ud800""#, "1:2: half of a surrogate pair; write both halves, or the character itself"),
    (#""\ud800\u0041""#, "1:2: half of a surrogate pair; write both halves, or the character itself"),
    (
      "\u{FEFF}1",
      "1:1: unexpected byte 0xef; write a value here: an object, array, string, number, true, false or null"
    ),
    ("nan", "1:1: unknown word; write true, false or null, or put text in double quotes"),
  ])
  func refuses(_ text: String, _ message: String) {
    #expect { try JSON(parsing: text) } throws: { "\($0)" == message }
  }

  @Test(
    arguments: [
      [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80],
      [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82], [0xFF],
    ] as [[UInt8]])
  func refusesBytesThatAreNotUTF8(_ bytes: [UInt8]) {
    #expect { try JSON(parsing: [0x22] + bytes + [0x22]) } throws: {
      "\($0)" == "1:2: bytes that are not UTF-8; encode the text as UTF-8"
    }
  }

  @Test func holdsItsLimits() throws {
    let limits = JSONLimits(bytesMax: 20, depthMax: 3, valuesMax: 5)
    #expect(try JSON(parsing: "[[[1]]]", limits: limits) == [[[1]]])
    #expect { try JSON(parsing: "[[[[1]]]]", limits: limits) } throws: {
      "\($0)" == "1:4: more than 3 levels of nesting; flatten the value"
    }
    #expect { try JSON(parsing: "[1,2,3,4,5]", limits: limits) } throws: {
      "\($0)" == "1:10: more than 5 values; split the text into smaller ones"
    }
    #expect { try JSON(parsing: String(repeating: " ", count: 21), limits: limits) } throws: {
      "\($0)" == "1:1: the text has 21 bytes and the limit is 20; send less at once"
    }
    #expect(throws: JSONParseError.self) { try JSON(parsing: String(repeating: "[", count: 1_000_000)) }
  }

  @Test func findsRepeatedNamesInLargeObjects() throws {
    let members = (0..<100).map { "\"k\($0)\":\($0)" }
    #expect(try JSON(parsing: "{" + members.joined(separator: ",") + "}").object?.count == 100)
    #expect { try JSON(parsing: "{" + (members + ["\"k70\":1"]).joined(separator: ",") + "}") } throws: {
      "\($0)".hasSuffix("a second member named \"k70\"; keep one of the two")
    }
  }

  @Test func keepsPositions() throws {
    let text = "{\n  \"é\": [1, {\"b\": null}],\n  \"c\": \"x\"\n}"
    let root = try PositionedJSON(parsing: Array(text.utf8))
    #expect(root.position == TextPosition(line: 1, column: 1))
    #expect(root["é"]?.position == TextPosition(line: 2, column: 8))
    #expect(root["é"]?[1]?["b"]?.position == TextPosition(line: 2, column: 18))
    #expect(root["c"]?.position.description == "3:8")
    guard case .object(let members) = root.content else { throw CancellationError() }
    #expect(members.map(\.keyPosition.description) == ["2:3", "3:3"])
    #expect(try root.json == JSON(parsing: text))
  }

  @Test func writes() throws {
    let value: JSON = ["a": [1, .double(0.1), nil, true], "b": [:], "c": [], "d": "\"\\\n\r\t\u{8}\u{c}\u{1}<é😀"]
    #expect(value.text == #"{"a":[1,0.1,null,true],"b":{},"c":[],"d":"\"\\\n\r\t\b\f\u0001<é😀"}"#)
    #expect(try JSON(parsing: value.bytes) == value)
    #expect(try JSON(parsing: value.prettyText) == value)
    #expect(
      (["a": [1, ["b": 2]], "c": []] as JSON).prettyText == """
        {
          "a": [
            1,
            {
              "b": 2
            }
          ],
          "c": []
        }
        """)
    #expect(JSON.double(.nan).text == "null")
  }

  /// Numbers agree with the C library to the last bit, and every double reads back as itself.
  @Test func doublesRoundTrip() throws {
    var random = SeededGenerator(seed: 3)
    for _ in 0..<20_000 {
      let value = Double(bitPattern: random.next())
      guard value.isFinite else { continue }
      #expect(try JSON(parsing: JSON.double(value).text) == .double(value))
      let decimal =
        "\(Int64.random(in: -99_999_999...99_999_999, using: &random))"
        + ".\(UInt32.random(in: 0...9_999_999, using: &random))e\(Int.random(in: -30...30, using: &random))"
      #expect(try JSON(parsing: decimal).double == strtod(decimal, nil), "\(decimal)")
    }
  }

  /// Mutilated texts are refused or read, never a crash; what is read can be written and read again.
  @Test func survivesMutations() throws {
    let seedText = #"{"a":[1,-2.5e3,"xé😀\n"],"b":{"c":null,"d":true,"e":[{},[]]}}"#
    var random = SeededGenerator(seed: 11)
    for _ in 0..<20_000 {
      var bytes = Array(seedText.utf8)
      for _ in 0...Int.random(in: 0..<4, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &random)], at: place)
        default: bytes.removeSubrange(place...)
        }
        if bytes.isEmpty { break }
      }
      guard let value = try? JSON(parsing: bytes) else { continue }
      #expect(try JSON(parsing: value.bytes) == value)
      // Foundation reads whatever the strict parser reads.
      #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed) }
    }
  }
}
