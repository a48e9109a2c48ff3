extension String {
  /// The text, or so much of its beginning as fits so many bytes with an ellipsis behind it.
  public func cut(_ bytes: Int) -> String {
    guard utf8.count > bytes else { return self }
    var end = utf8.index(utf8.startIndex, offsetBy: max(0, bytes - 3))
    while end > utf8.startIndex, utf8[end] & 0xC0 == 0x80 { end = utf8.index(before: end) }
    return String(self[..<end]) + "…"
  }
}
