import Base
import Figures

extension Desk {
  var figurePageRoutes: [Route] {
    [
      view("/figures") { request, _, context in
        let view = try figures(request, by: .tier)
        let (page, next) = try slice(Array(view.report.incidents.reversed()), request) { $0.id.description }
        return figuresPage(view, page, next: next, context)
      }
    ]
  }
}
