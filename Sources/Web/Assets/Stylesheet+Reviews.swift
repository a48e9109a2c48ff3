extension Stylesheet {
  /// What only reviews have, on the screen and on paper.
  static let reviews = """
    .review-part{border-top:1px solid var(--grid);padding-top:.4rem;margin-top:1rem;max-width:60rem}
    .review-part:first-of-type{border-top:0;margin-top:0}
    .review-part h2{margin:.2rem 0 .4rem}.review-part .row{align-items:baseline}
    .blame{border-left:4px solid var(--risk);padding:.2rem .8rem;margin:.5rem 0;background:var(--risk-bg)}
    .blame.person{border-color:var(--exhausted)}.blame p{margin:.2rem 0}
    .coach li{margin:.5rem 0}.coach small{display:block;color:var(--soft)}
    .sidebyside{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,22rem),1fr));gap:1rem}
    .sidebyside pre{white-space:pre-wrap;overflow-wrap:anywhere;max-height:24rem;overflow:auto}
    textarea.long{min-height:18rem;font-family:inherit}
    .causes{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center}.causes form{margin:0;display:inline-flex}
    .addaction{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,11rem),1fr));gap:.6rem;
    align-items:end}.addaction .wide{grid-column:1/-1}
    .onpaper{display:none}
    @media print{.onpaper{display:inline}.coach,.review-part .blame,.noprint,.notices{display:none!important}
    .card.prose{break-inside:auto}.review-part{max-width:none}.review-part h2{break-after:avoid}
    .prose table{display:table;width:100%;font-size:9pt}.prose tr{break-inside:avoid}
    @page{margin:18mm 16mm}}

    """
}
