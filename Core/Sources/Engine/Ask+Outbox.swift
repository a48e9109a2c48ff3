import Journal
import Outbox

extension Ask where Reply == Int {
  /// Puts back the pages that a process that is gone was sending. Asked when a server starts, before it sends any,
  /// until it answers 0.
  public static var losePages: Ask {
    Ask("page lose", by: .system("outbox"), priority: .urgent) { state, _, emitter in
      state.outbox.loseClaims(into: &emitter) { state.wants($0) }
    }
  }
}
