// The elements that pages use, each a function of its attributes and children.

func html(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("html", attributes, content())
}

func head(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("head", attributes, content())
}

func body(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("body", attributes, content())
}

func main(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("main", attributes, content())
}

func header(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("header", attributes, content())
}

func footer(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("footer", attributes, content())
}

func nav(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("nav", attributes, content())
}

func section(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("section", attributes, content())
}

func article(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("article", attributes, content())
}

func aside(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("aside", attributes, content())
}

func div(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("div", attributes, content())
}

func span(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("span", attributes, content())
}

func p(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("p", attributes, content())
}

func a(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("a", attributes, content())
}

func ul(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("ul", attributes, content())
}

func ol(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("ol", attributes, content())
}

func li(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("li", attributes, content())
}

func dl(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("dl", attributes, content())
}

func dt(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("dt", attributes, content())
}

func dd(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("dd", attributes, content())
}

func h1(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("h1", attributes, content())
}

func h2(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("h2", attributes, content())
}

func h3(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("h3", attributes, content())
}

func h4(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("h4", attributes, content())
}

func strong(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("strong", attributes, content())
}

func em(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("em", attributes, content())
}

func small(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("small", attributes, content())
}

func code(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("code", attributes, content())
}

func pre(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("pre", attributes, content())
}

func blockquote(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("blockquote", attributes, content())
}

func table(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("table", attributes, content())
}

func caption(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("caption", attributes, content())
}

func thead(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("thead", attributes, content())
}

func tbody(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("tbody", attributes, content())
}

func tr(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("tr", attributes, content())
}

func th(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("th", attributes, content())
}

func td(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("td", attributes, content())
}

func form(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("form", attributes, content())
}

func fieldset(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("fieldset", attributes, content())
}

func legend(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("legend", attributes, content())
}

func label(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("label", attributes, content())
}

func button(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("button", attributes, content())
}

func select(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("select", attributes, content())
}

func option(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("option", attributes, content())
}

func textarea(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("textarea", attributes, content())
}

func details(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("details", attributes, content())
}

func summary(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("summary", attributes, content())
}

func time(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("time", attributes, content())
}

func figure(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("figure", attributes, content())
}

func figcaption(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("figcaption", attributes, content())
}

func title(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("title", attributes, content())
}

func svg(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("svg", attributes, content())
}

func g(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("g", attributes, content())
}

func text(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("text", attributes, content())
}

func polyline(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("polyline", attributes, content())
}

func polygon(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("polygon", attributes, content())
}

func path(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("path", attributes, content())
}

func rect(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("rect", attributes, content())
}

func line(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("line", attributes, content())
}

func circle(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("circle", attributes, content())
}

func bdi(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("bdi", attributes, content())
}

func del(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
  element("del", attributes, content())
}

func input(_ attributes: Attribute?...) -> HTML { element("input", attributes, nil) }

func br(_ attributes: Attribute?...) -> HTML { element("br", attributes, nil) }

func hr(_ attributes: Attribute?...) -> HTML { element("hr", attributes, nil) }

func link(_ attributes: Attribute?...) -> HTML { element("link", attributes, nil) }

func meta(_ attributes: Attribute?...) -> HTML { element("meta", attributes, nil) }

/// An element by its name; `children` of `nil` makes it void.
func element(_ name: StaticString, _ attributes: [Attribute?], _ children: HTML?) -> HTML {
  let parts: [HTML] =
    switch children {
    case .group(let parts): parts
    case .some(let one): [one]
    case nil: []
    }
  let isVoid = if case nil = children { true } else { false }
  return .element(
    HTML.Element(name: name, attributes: attributes.compactMap { $0 }, children: parts, isVoid: isVoid))
}
