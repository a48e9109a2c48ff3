import Base
import Testing

@testable import Wire

@Suite struct CompressionTests {
  /// Made by Python's gzip, zlib and zstandard of the same text, three times the body of datadog-v1.json.
  @Test(arguments: [("body.gz", Compression.gzip), ("body.deflate", .deflate), ("body.zst", .zstd)])
  func whatOthersPacked(_ name: String, _ compression: Compression) throws {
    let text = try OTLPMetricsTests.corpus("datadog-v1.json")
    let packed = try OTLPMetricsTests.corpus(name)
    let whole = text + text + text
    #expect(try compression.decode(packed, limit: whole.count) == whole)
    #expect(throws: Compression.Problem.tooLarge(limit: whole.count - 1)) {
      _ = try compression.decode(packed, limit: whole.count - 1)
    }
    for cut in [0, 1, packed.count / 2, packed.count - 1] {
      #expect(throws: Compression.Problem.self) { _ = try compression.decode(Array(packed[..<cut]), limit: 1 << 20) }
    }
    #expect(throws: Compression.Problem.self) { _ = try compression.decode(packed + [1, 2, 3], limit: 1 << 20) }
  }

  @Test func gzipMayHaveSeveralMembersAndDeflateNoWrapping() throws {
    let packed = try OTLPMetricsTests.corpus("body.gz")
    let one = try Compression.gzip.decode(packed, limit: 1 << 20)
    #expect(try Compression.gzip.decode(packed + packed, limit: 1 << 20) == one + one)
    // RFC 1951 by hand: one stored block of "ab".
    #expect(try Compression.deflate.decode([1, 2, 0, 0xFD, 0xFF, 0x61, 0x62], limit: 10) == [0x61, 0x62])
  }

  /// A block that repeats one byte 131,071 times (RFC 8878, RLE_Block), again and again: 4 bytes each.
  private func bomb(blocks: Int) -> [UInt8] {
    var frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x58]
    for index in 1...blocks {
      let header = UInt32(131_071) << 3 | 1 << 1 | (index == blocks ? 1 : 0)
      frame += [UInt8(header & 0xFF), UInt8(header >> 8 & 0xFF), UInt8(header >> 16), 0]
    }
    return frame
  }

  @Test func bombsAreRefused() throws {
    #expect(try Compression.zstd.decode(bomb(blocks: 3), limit: 1 << 20).count == 3 * 131_071)
    #expect(throws: Compression.Problem.tooLarge(limit: 1 << 20)) {
      _ = try Compression.zstd.decode(bomb(blocks: 100_000), limit: 1 << 20)
    }
    // A window of 2 GiB, of which nothing is allocated.
    let window: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0xA8, 0x01, 0x00, 0x00]
    #expect(throws: Compression.Problem.tooMuchMemory) { _ = try Compression.zstd.decode(window, limit: 1 << 30) }
  }

  @Test func encodingsHaveTheirNames() {
    #expect(Compression(contentEncoding: nil) == .identity && Compression(contentEncoding: "GZIP") == .gzip)
    #expect(Compression(contentEncoding: "zstd1") == .zstd && Compression(contentEncoding: "br") == nil)
    #expect(throws: Compression.Problem.tooLarge(limit: 2)) {
      _ = try Compression.identity.decode([1, 2, 3], limit: 2)
    }
  }
}
