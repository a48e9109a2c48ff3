import Base
import Journal
import Testing

@Suite struct ErasableTests {
  private let id = ULID(high: 7, low: 9)

  @Test func findsMarkersAtAnyDepth() {
    let other = ULID(high: 7, low: 10)
    var ids: [ULID] = []
    Erasable.collectIDs(in: ["a": [["b": Erasable.marker(id)], Erasable.marker(other)]], into: &ids)
    #expect(ids == [id, other])
  }

  @Test func takesNothingElseForAMarker() {
    #expect(Erasable.id(of: ["erasable": "not an id"]) == nil)
    #expect(Erasable.id(of: ["erasable": .string(id.description), "more": 1]) == nil)
    #expect(Erasable.id(of: .string(id.description)) == nil)
    #expect(Erasable.id(of: Erasable.marker(id)) == id)
  }

  @Test func isWhatATypedPayloadEncodes() throws {
    struct Said: Codable, Equatable { var text: ErasableText }
    let json = try JSON(encoding: Said(text: ErasableText(id)))
    #expect(json == ["text": Erasable.marker(id)])
    #expect(try json.decode(Said.self).text.id == id)
  }
}
