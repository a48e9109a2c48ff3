/// Lines of the product that a build for trying the simulator can leave out, one at a time: whichever is left out, the
/// simulator has to find fault with some seed. In every other build `omits` is `false` for the compiler already, so
/// nothing of this is left in the product.
public enum Canary: String, Sendable, CaseIterable {
  /// Pages that have not gone out are taken back when their alert is over.
  case cancelledPages
  /// What a silence held back is looked at again when it ends.
  case silenceEnd
  /// What was done last is undone first.
  case undoOrder
  /// A halted run pages.
  case haltPage
  /// An approval is of what the approver saw.
  case approvalHash
  /// Nobody approves a run of their own.
  case selfApproval
  /// A step that is claimed is not claimed again.
  case claimBeforePerforming
  /// No reminder comes after the end of an incident.
  case dutyEnd
  /// What one request reports together is decided one after the other.
  case dividedBodies
  /// Private incidents are hidden from who may not see them.
  case privateIncidents

  #if CANARY
    /// What this run leaves out. Set before anything else runs.
    nonisolated(unsafe) public static var omitted: Canary?

    public static func omits(_ line: Canary) -> Bool { omitted == line }
  #else
    @inlinable @inline(__always)
    public static func omits(_ line: Canary) -> Bool { false }
  #endif
}
