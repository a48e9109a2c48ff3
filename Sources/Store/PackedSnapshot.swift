import CZstd

/// How snapshots are stored: as a zstd frame (RFC 8878) where that is smaller. A storm of alerts makes 130 MB of JSON,
/// which is written, synced and copied again by the next checkpoint; packed it is a twentieth.
///
/// What earlier versions stored is plain JSON, which never begins as a frame does.
public enum PackedSnapshot {
  private static let magic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]
  /// The fastest of the ordinary levels.
  private static let level: Int32 = 1

  /// The bytes packed, or as they are where that failed or gained nothing.
  public static func pack(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.count > 512 else { return bytes }
    var packed: [UInt8] = []
    let bound = ZSTD_compressBound(bytes.count)
    packed = [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
      let size = bytes.withUnsafeBytes { ZSTD_compress(buffer.baseAddress, bound, $0.baseAddress, $0.count, level) }
      count = ZSTD_isError(size) == 0 ? size : 0
    }
    return packed.isEmpty || packed.count >= bytes.count ? bytes : packed
  }

  /// What was packed; `nil` for a frame that is damaged.
  public static func unpack(_ bytes: [UInt8]) -> [UInt8]? {
    guard bytes.starts(with: magic) else { return bytes }
    let size = bytes.withUnsafeBytes { ZSTD_getFrameContentSize($0.baseAddress, $0.count) }
    // The two largest numbers say that the size is not there, or that this is no frame.
    guard size < UInt64.max - 1, size <= UInt64(bytes.count) << 16, let length = Int(exactly: size) else { return nil }
    var isWhole = false
    let plain = [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
      let read = bytes.withUnsafeBytes { ZSTD_decompress(buffer.baseAddress, length, $0.baseAddress, $0.count) }
      isWhole = ZSTD_isError(read) == 0 && read == length
      count = isWhole ? length : 0
    }
    return isWhole ? plain : nil
  }
}
