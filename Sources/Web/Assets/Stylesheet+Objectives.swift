extension Stylesheet {
  /// What only the pages of objectives have: sparklines, bars of shares, slices, the wall-board.
  static let objectives = """
    .spark{display:block;width:7.5rem;height:1.75rem;overflow:visible}
    .spark polyline{fill:none;stroke:currentColor;stroke-width:1.75;vector-effect:non-scaling-stroke;
    stroke-linejoin:round;stroke-linecap:round}
    .spark line{stroke:var(--line);vector-effect:non-scaling-stroke}
    .spark.healthy{color:var(--soft)}
    .share{display:inline-block;width:5.5rem;height:.6rem;flex:none;border-radius:3px;vertical-align:middle}
    .share rect{fill:currentColor}.share .back{fill:var(--grid)}
    table.shares .bar{width:30%}table.shares .share{width:100%;min-width:3rem}
    table.shares th .wrap{font-weight:400}
    .attribution{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,25rem),1fr));gap:0 2.5rem;
    align-items:start}
    .filters{grid-template-columns:repeat(auto-fit,minmax(8.25rem,1fr))}
    tbody th .small{font-weight:400}
    .wrap{overflow-wrap:anywhere;white-space:normal}
    .slos tbody th a{overflow-wrap:anywhere}
    .reorder{background:var(--acknowledged-bg);color:var(--ink);border-radius:8px;padding:.5rem .8rem;margin:0 0 .6rem}
    .pager{margin-top:.9rem}
    .trace{font-size:.8125rem;overflow-wrap:anywhere}
    tr.quarter{background:var(--hover)}
    .band .fill{opacity:.14}
    .slices .s-good{fill:var(--healthy)}.slices .s-bad{fill:var(--burning)}
    .slices .s-noData{fill:var(--grid);stroke:var(--soft);stroke-dasharray:2 2}
    .legend .s-good::before,.legend .s-bad::before,.legend .s-noData::before{width:.7rem;height:.6rem;
    background:var(--healthy)}
    .legend .s-bad::before{background:var(--burning);height:.85rem}
    .legend .s-noData::before{background:var(--grid);border:1px dashed var(--soft)}

    """ + wall

  /// Sizes follow the screen: text that is to be read from three metres is not told in points of a page.
  private static let wall = """
    .wall main{max-width:none;padding:1.2vw 1.5vw;display:flex;flex-direction:column}
    .wall main>header{margin-bottom:1vw}
    .wall h1{font-size:clamp(1.5rem,2.6vw,4rem);margin:0}
    .wall-tools{font-size:clamp(.9rem,1vw,1.5rem);color:var(--soft)}
    .wall main>div{flex:1;display:flex;flex-direction:column}
    .wall-tiles{list-style:none;margin:0;padding:0;display:grid;gap:clamp(.5rem,.8vw,1.2rem);flex:1;
    grid-template-columns:repeat(var(--columns),minmax(0,1fr));grid-auto-rows:minmax(min-content,1fr)}
    .wall-tiles.c3{--columns:3;--size:min(2.2vw,3.9vh)}.wall-tiles.c4{--columns:4;--size:min(2vw,3.5vh)}
    .wall-tiles.c5{--columns:5;--size:min(1.5vw,2.5vh)}.wall-tiles.c6{--columns:6;--size:min(1.6vw,2.8vh)}
    .wall-tiles.c8{--columns:8;--size:min(1.4vw,2.45vh)}
    .wall-tile{display:flex;border-radius:.6rem;background:var(--card);border:1px solid var(--line);
    border-top:.45rem solid currentColor;min-width:0}
    .wall-tile a{flex:1;min-width:0;padding:.7em .8em;display:flex;flex-direction:column;gap:.1em;color:var(--ink);
    text-decoration:none;font-size:max(1rem,var(--size))}
    .wall-tile.burning,.wall-tile.exhausted{border-color:currentColor}
    .wall-tile.burning{background:var(--burning-bg)}.wall-tile.exhausted{background:var(--exhausted-bg)}
    .wall-tile.risk{background:var(--risk-bg)}
    .wall-state{display:flex;gap:.35em;align-items:center;font-weight:700}
    .wall-burn{margin-left:auto;font-variant-numeric:tabular-nums;white-space:nowrap}
    .burning>a>.wall-state{color:var(--burning)}.exhausted>a>.wall-state{color:var(--exhausted)}
    .risk>a>.wall-state{color:var(--risk)}.healthy>a>.wall-state{color:var(--healthy)}
    .quiet>a>.wall-state{color:var(--quiet)}
    .wall-name{line-height:1.2;overflow-wrap:anywhere;hyphens:auto;display:-webkit-box;-webkit-line-clamp:2;
    -webkit-box-orient:vertical;overflow:hidden}
    .wall-service{color:var(--soft);font-size:.8em;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
    .wall-figure{margin-top:auto;display:flex;white-space:nowrap;overflow:hidden;align-items:baseline;gap:0 .4em;
    font-size:.85em}
    .wall-figure b{font-size:2em;line-height:1.1;font-variant-numeric:tabular-nums}
    .c6 .wall-service,.c8 .wall-service,.c6 .spark,.c8 .spark,.c6 .wall-left,.c8 .wall-left{display:none}
    .c8 a{padding:.5em .6em}
    .spark.wide{width:100%;height:1.7em}.wall-tile .spark.healthy{color:var(--healthy)}
    .wall-rest{font-size:clamp(1.1rem,1.5vw,2.4rem);margin:.8vw 0 0;color:var(--soft)}
    .wall #lost{font-size:clamp(1.2rem,2vw,3rem)}
    @media (max-width:60rem){.wall-tiles{grid-template-columns:
    repeat(auto-fill,minmax(min(100%,14rem),1fr));grid-auto-rows:auto}.wall-tile a{font-size:1.1rem}}

    """
}
