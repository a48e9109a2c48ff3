import Base
import StatusPages

extension Desk {
  /// Status pages, for anybody, under the same relative paths as on a disk.
  var statusRoutes: [Route] {
    [
      view("/status") { _, _, context in statusPagesPage(platform.statusPages.all(), context) },
      Route("GET", "/status/{name}", .open, .asset) { request in
        // Links in the page are relative: without the slash they would lead beside it.
        guard request.path.hasSuffix("/") else {
          _ = try statusFile(request, "index.html")
          return .redirect("/status/\(SafeURL.encode(request.parameters["name"] ?? ""))/")
        }
        return try statusFile(request, "index.html")
      },
      Route("GET", "/status/{name}/{file}", .open, .asset) { request in
        try statusFile(request, request.parameters["file"] ?? "")
      },
      Route("GET", "/status/{name}/incidents/{file}", .open, .asset) { request in
        try statusFile(request, "incidents/" + (request.parameters["file"] ?? ""))
      },
    ]
  }

  private func statusFile(_ request: WebRequest, _ path: String) throws -> WebResponse {
    guard let text = platform.statusPages.file(request.parameters["name"] ?? "", path) else {
      throw Problem.notFound("such file of a status page")
    }
    return WebResponse.text(text, type: StatusFile.mediaType(of: path)).adding("cache-control", "public, max-age=30")
  }

  var statusAPIRoutes: [Route] {
    [
      read("/api/v1/status-pages", .list("listStatusPages", "Public status pages and what they say", "Status pages")) {
        request in
        let (page, next) = try slice(platform.statusPages.all(), request) { $0.name }
        return list(page.map(Resource.statusPage), next)
      },
      read(
        "/api/v1/status-pages/{name}/files",
        .get("getStatusPageFiles", "All files of a status page, in the order to write them in", "Status pages")
      ) { request in
        let name = request.parameters["name"] ?? ""
        guard let files = platform.statusPages.files(name) else { throw Problem.notFound("status page \(name)") }
        return [
          "name": .string(name),
          "files": .array(files.map { ["path": .string($0.path), "text": .string($0.text)] }),
        ]
      },
    ]
  }
}

extension Resource {
  static func statusPage(_ page: StatusPagesSource.Summary) -> JSON {
    object([
      ("name", .string(page.name)), ("title", .string(page.title)), ("url", .string(page.url)),
      ("state", .string(page.state.rawValue)), ("headline", .string(page.headline)),
      ("components", .int(Int64(page.components))), ("incidents", .int(Int64(page.incidents))),
      ("directory", .string(page.directory)), ("problem", text(page.problem)),
    ])
  }
}

/// The pages for those who run them.
func statusPagesPage(_ pages: [StatusPagesSource.Summary], _ context: PageContext) -> PageBody {
  let heading =
    pages.isEmpty
    ? "There is no public status page" : "\(Format.plural(pages.count, "status page")) for the public"
  return PageBody(
    title: "Status pages", heading: .text(heading), crumbs: [("Incidents", "/incidents")], place: .incidents,
    content: card(nil) {
      if pages.isEmpty {
        empty("Write one as a definition, kind: StatusPage; docs/status-pages.md shows how.")
      } else {
        table(.class("cards")) {
          heads(("Page", false), ("It says", false), ("Published at", false), ("Files", false))
          tbody {
            for page in pages {
              tr {
                th(.attr("scope", "row")) { a(.href("/status/\(SafeURL.encode(page.name))/")) { page.title } }
                cell("It says") { page.headline }
                cell("Published at") { code { page.url } }
                cell("Files") {
                  code { page.directory }
                  page.problem.map { text in p(.class("problem")) { text } } ?? .nothing
                }
              }
            }
          }
        }
      }
    })
}
