import Base

// RSS 2.0 (rssboard.org/rss-specification) and Atom (RFC 4287): an entry for each update, so that a reader hears of
// each, and one for an incident that nobody has written about.
extension StatusSite {
  private static let entriesMax = 50

  private struct Entry {
    var title: String
    var link: String
    var at: Instant
    var changedAt: Instant
    var content: Markup
  }

  private var entries: [Entry] {
    let all = incidents.flatMap { incident -> [Entry] in
      let link = "\(url)/incidents/\(incident.number).html"
      let updates = incident.updates.map { update in
        Entry(
          title: "\(update.phase.word): \(incident.title)", link: "\(link)#update-\(update.id)", at: update.at,
          changedAt: update.amendedAt ?? update.at, content: .paragraphs(update.text))
      }
      var entries: [Entry] = []
      // Its end is told by itself where nobody wrote it.
      if let end = incident.resolvedAt, incident.mergedInto == nil, incident.updates.first?.phase != .resolved {
        entries.append(
          Entry(
            title: "Resolved: \(incident.title)", link: "\(link)#resolved", at: end, changedAt: end,
            content: .paragraphs("It was over after \(StatusWords.length(end - incident.startedAt)).")))
      }
      entries += updates
      if updates.isEmpty, incident.mergedInto == nil {
        entries.append(
          Entry(
            title: incident.title, link: link, at: incident.startedAt, changedAt: incident.startedAt,
            content: .paragraphs("We see this and look into it.")))
      }
      return entries
    }
    return Array(
      all.enumerated().sorted { ($1.element.at, $0.offset) < ($0.element.at, $1.offset) }.map(\.element)
        .prefix(Self.entriesMax))
  }

  /// When the newest thing in a feed was said; the journal's beginning where nothing was.
  private func changedAt(_ entries: [Entry]) -> Instant { entries.map(\.changedAt).max() ?? since }

  private var about: String { description ?? "Incidents of \(title)" }

  var rss: String {
    let entries = entries
    let items = entries.map { entry in
      Markup.tag(
        "item", [], .tag("title", [], Markup(entry.title)), .tag("link", [], Markup(entry.link)),
        .tag("guid", [("isPermaLink", "true")], Markup(entry.link)),
        .tag("pubDate", [], Markup(StatusWords.rfc822(entry.at))),
        // HTML in RSS is escaped text.
        .tag("description", [], Markup(entry.content.text)))
    }
    let channel = Markup.lines(
      [
        .tag("title", [], Markup(title)), .tag("link", [], Markup("\(url)/index.html")),
        .tag("description", [], Markup(about)), .tag("language", [], "en"), .tag("generator", [], "Mainstay"),
        .tag("lastBuildDate", [], Markup(StatusWords.rfc822(changedAt(entries)))),
        .closed(
          "atom:link", [("href", "\(url)/feed.rss"), ("rel", "self"), ("type", "application/rss+xml")]),
      ] + items)
    return Markup.document(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
      .tag(
        "rss", [("version", "2.0"), ("xmlns:atom", "http://www.w3.org/2005/Atom")], .tag("channel", [], channel)))
  }

  var atom: String {
    let entries = entries
    let written = entries.map { entry in
      Markup.tag(
        "entry", [], .tag("title", [], Markup(entry.title)), .tag("id", [], Markup(entry.link)),
        .closed("link", [("rel", "alternate"), ("type", "text/html"), ("href", entry.link)]),
        .tag("published", [], Markup(StatusWords.stamp(entry.at))),
        .tag("updated", [], Markup(StatusWords.stamp(entry.changedAt))),
        .tag("content", [("type", "html")], Markup(entry.content.text)))
    }
    let feed = Markup.lines(
      [
        .tag("title", [], Markup(title)), .tag("id", [], Markup("\(url)/index.html")),
        .tag("subtitle", [], Markup(about)),
        .tag("updated", [], Markup(StatusWords.stamp(changedAt(entries)))),
        .tag("author", [], .tag("name", [], Markup(title))),
        .closed("link", [("rel", "self"), ("type", "application/atom+xml"), ("href", "\(url)/feed.atom")]),
        .closed("link", [("rel", "alternate"), ("type", "text/html"), ("href", "\(url)/index.html")]),
      ] + written)
    return Markup.document(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
      .tag("feed", [("xmlns", "http://www.w3.org/2005/Atom")], feed))
  }
}
