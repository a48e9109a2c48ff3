import Base

/// What the API document says of a route.
struct Operation: Sendable {
  /// Unique; generated clients name their functions after it.
  var id: String
  var summary: String
  var tag: String
  /// Query parameters: name and what it does.
  var query: [(name: String, about: String)] = []
  /// Members of the JSON body: name, JSON schema type, whether it is required.
  var body: [(name: String, type: String, required: Bool)] = []
  /// The status of success.
  var status = 200
  /// Whether the answer is a list with `items` and `next`.
  var isList = false
  /// The media type of the answer.
  var produces = "application/json"
}

extension Operation {
  static let paging = [
    (name: "limit", about: "At most so many items, 1 to 500."),
    (name: "cursor", about: "The `next` of the page before."),
  ]

  static func list(_ id: String, _ summary: String, _ tag: String, query: [(name: String, about: String)] = [])
    -> Operation
  {
    Operation(id: id, summary: summary, tag: tag, query: query + paging, isList: true)
  }

  static func get(
    _ id: String, _ summary: String, _ tag: String, query: [(name: String, about: String)] = []
  ) -> Operation { Operation(id: id, summary: summary, tag: tag, query: query) }

  static func post(
    _ id: String, _ summary: String, _ tag: String, body: [(name: String, type: String, required: Bool)] = [],
    status: Int = 200
  ) -> Operation { Operation(id: id, summary: summary, tag: tag, body: body, status: status) }
}

/// The OpenAPI 3.1 document, generated from the same table that routes requests.
enum OpenAPI {
  static func document(_ routes: [Route], version: String) -> JSON {
    var paths = JSONObject()
    for route in routes {
      guard let operation = route.operation else { continue }
      var item = paths[route.path]?.object ?? JSONObject()
      item[route.method.lowercased()] = describe(operation, route)
      paths[route.path] = .object(item)
    }
    let problem: JSON = [
      "type": "object", "required": ["title", "status"],
      "properties": [
        "type": ["type": "string"], "title": ["type": "string"], "status": ["type": "integer"],
        "detail": ["type": "string"], "remedy": ["type": "string"],
      ],
    ]
    return [
      "openapi": "3.1.0",
      "info": [
        "title": "Mainstay", "version": .string(version.isEmpty ? "0" : version),
        "description":
          "Services, objectives, alerts, incidents, on-call and the journal. Errors are RFC 9457 problems.",
        "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
      ],
      "servers": [["url": "/"]],
      "security": [["token": []]],
      "paths": .object(paths),
      "components": [
        "securitySchemes": ["token": ["type": "http", "scheme": "bearer"]],
        "schemas": [
          "Problem": problem,
          "List": [
            "type": "object", "required": ["items"],
            "properties": [
              "items": ["type": "array", "items": ["type": "object"]],
              "next": ["type": "string", "description": "The cursor of the next page; absent on the last."],
            ],
          ],
        ],
        "responses": [
          "Problem": [
            "description": "What went wrong and what to do about it.",
            "content": ["application/problem+json": ["schema": ["$ref": "#/components/schemas/Problem"]]],
          ]
        ],
      ],
    ]
  }

  private static func describe(_ operation: Operation, _ route: Route) -> JSON {
    var parameters: [JSON] = route.path.split(separator: "/").compactMap { segment in
      guard segment.hasPrefix("{"), let end = segment.firstIndex(of: "}") else { return nil }
      let name = String(segment[segment.index(after: segment.startIndex)..<end])
      return ["name": .string(name), "in": "path", "required": true, "schema": ["type": "string"]]
    }
    parameters += operation.query.map { parameter in
      [
        "name": .string(parameter.name), "in": "query", "description": .string(parameter.about),
        "schema": ["type": .string(["limit", "after"].contains(parameter.name) ? "integer" : "string")],
      ]
    }
    if route.method == "POST" {
      parameters.append([
        "name": "Idempotency-Key", "in": "header", "schema": ["type": "string", "maxLength": 255],
        "description": "The same key again gets the first answer instead of acting twice.",
      ])
    }
    let schema: JSON = operation.isList ? ["$ref": "#/components/schemas/List"] : ["type": "object"]
    let content: JSON =
      operation.produces == "application/json"
      ? ["application/json": ["schema": schema]]
      : .object(JSONObject([.init(key: operation.produces, value: ["schema": ["type": "string"]])]))
    var success: JSONObject = ["description": .string(operation.summary)]
    if operation.status != 204 { success["content"] = content }
    var result: JSONObject = [
      "operationId": .string(operation.id), "summary": .string(operation.summary), "tags": [.string(operation.tag)],
      "description": .string("Needs the role \(route.need.word)."), "parameters": .array(parameters),
      "responses": .object(
        JSONObject([
          .init(key: String(operation.status), value: .object(success)),
          .init(key: "default", value: ["$ref": "#/components/responses/Problem"]),
        ])),
    ]
    if !operation.body.isEmpty { result["requestBody"] = body(operation) }
    if route.need == .open { result["security"] = [] }
    return .object(result)
  }

  private static func body(_ operation: Operation) -> JSON {
    let properties = operation.body.map { member -> JSONObject.Member in
      let schema: JSON =
        member.type == "array"
        ? ["type": "array", "items": ["type": "string"]]
        : member.type == "date-time" ? ["type": "string", "format": "date-time"] : ["type": .string(member.type)]
      return .init(key: member.name, value: schema)
    }
    let required = operation.body.filter(\.required).map { JSON.string($0.name) }
    return [
      "required": .bool(!required.isEmpty),
      "content": [
        "application/json": [
          "schema": [
            "type": "object", "properties": .object(JSONObject(properties)), "required": .array(required),
          ]
        ]
      ],
    ]
  }
}
