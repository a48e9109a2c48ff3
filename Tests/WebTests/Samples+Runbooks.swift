import Base
import Definitions
import Engine
import Events
import Runbooks
import Testing
import Wire

@testable import Web

/// Runbooks of the sample company, read from text as the server reads its files.
extension Samples {
  static let heal = #"""
    ---
    title: Heal playback
    service: playback
    inputs:
      - {name: TICKET, type: string, required: true, description: What change it is for}
      - {name: REGION, type: choice, options: [eu, us], default: eu}
    ---
    # Heal playback

    Moves viewers away from what is broken. <script>alert(1)</script> [out](javascript:alert(2))

    ```sh {"name":"look","x-risk":"read-only","x-timeout":"30s"}
    curl -fsS "$SERVICE_URL/healthz"
    ```

    ```ask {"name":"sure"}
    question: Do viewers in that region fail?
    type: boolean
    ```

    ```sh {"name":"drain","x-needs":"look","x-risk":"destructive","x-approve":"streaming:1","x-undo":"fill"}
    edgectl drain "$REGION" --ticket "$TICKET"
    ```

    ```sh {"name":"fill"}
    edgectl fill "$REGION"
    ```

    ```sh {"name":"tidy","x-always":"true","x-risk":"read-only"}
    edgectl list
    ```

    <img src=x onerror=alert(3)>
    """#

  static let look = #"""
    ---
    title: Look at playback
    class: diagnostic
    service: playback
    ---
    # Look at playback

    ```sh {"name":"codes","x-risk":"read-only"}
    curl -fsS "$SERVICE_URL/metrics"
    ```
    """#

  static let risky = #"""
    ---
    title: Restart search
    service: search
    ---
    # Restart search

    ```sh {"name":"restart","x-risk":"destructive"}
    searchctl restart --all
    ```
    """#

  static let readRunbooks: [Runbook] = {
    let files = [("heal.md", heal), ("look.md", look), ("risky.md", risky)]
    let read = DefinitionsReader(limits: .standard).readShapes(files.map { ($0.0, Array($0.1.utf8)) })
    if let errors = read.diagnostics.first(where: { $0.severity == .error }) { Issue.record("\(errors)") }
    return read.snapshot?.runbooks ?? []
  }()
}
