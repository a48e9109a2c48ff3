import Base

/// The dialogs that Mainstay opens in Slack, as `views.open` takes them. Limits are Slack's: a view with one field that
/// is too long is refused as a whole.
public enum SlackDialog {
  /// A list offers at most so many choices; of more, people type the name.
  static let choicesMax = 100
  private static let textMax = 75

  /// The dialog that declares an incident. Its inputs have the action ids `title`, `severity`, `service` and `private`,
  /// and blocks of the same names.
  ///
  /// - Parameters:
  ///   - callback: what Slack sends back along with the dialog, at most 255 characters.
  ///   - severities: the names with their definitions, worst first.
  ///   - usual: the severity that is chosen at first.
  ///   - services: names, sorted.
  public static func declare(
    callback: String, severities: [(name: String, definition: String)], usual: String, services: [String]
  ) -> JSON {
    let definitions = severities.map { "*\($0.name)* \(SlackForm.escape($0.definition))" }.joined(separator: "\n")
    let choices = severities.map { choice($0.name, about: $0.definition) }
    var severity: JSONObject = [
      "type": "static_select", "action_id": "severity", "options": .array(choices),
    ]
    if let index = severities.firstIndex(where: { $0.name == usual }) { severity["initial_option"] = choices[index] }
    return [
      "type": "modal", "callback_id": .string(callback), "title": plain("Declare an incident"),
      "submit": plain("Declare"), "close": plain("Cancel"),
      "blocks": [
        input(
          "title", "What is wrong",
          [
            "type": "plain_text_input", "action_id": "title", "min_length": 1, "max_length": 250,
            "focus_on_load": true, "placeholder": plain("No film starts on televisions"),
          ]),
        input("severity", "Severity", .object(severity), hint: "If unsure take the higher one."),
        ["type": "section", "text": ["type": "mrkdwn", "text": .string(SlackForm.cut(definitions, 2_900))]],
        input("service", "Service", service(services), isOptional: true),
        input(
          "private", "Who sees it",
          [
            "type": "checkboxes", "action_id": "private",
            "options": [["text": plain("Only its members: it is about security"), "value": "yes"]],
          ],
          isOptional: true),
      ],
    ]
  }

  private static func service(_ names: [String]) -> JSON {
    guard (1...choicesMax).contains(names.count), names.allSatisfy({ $0.utf8.count <= textMax }) else {
      return ["type": "plain_text_input", "action_id": "service", "max_length": 250]
    }
    return [
      "type": "static_select", "action_id": "service", "placeholder": plain("Choose one"),
      "options": .array(names.map { choice($0) }),
    ]
  }

  private static func choice(_ name: String, about: String = "") -> JSON {
    var choice: JSONObject = ["text": plain(name), "value": .string(name)]
    if !about.isEmpty { choice["description"] = plain(SlackForm.cut(about, textMax)) }
    return .object(choice)
  }

  private static func input(
    _ name: String, _ label: String, _ element: JSON, hint: String? = nil, isOptional: Bool = false
  ) -> JSON {
    var input: JSONObject = [
      "type": "input", "block_id": .string(name), "label": plain(label), "element": element,
      "optional": .bool(isOptional),
    ]
    if let hint { input["hint"] = plain(hint) }
    return .object(input)
  }

  private static func plain(_ text: String) -> JSON { ["type": "plain_text", "text": .string(text)] }
}
