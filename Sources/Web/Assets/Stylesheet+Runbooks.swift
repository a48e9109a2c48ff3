extension Stylesheet {
  /// What only the pages of runbooks and runs have.
  static let runbooks = """
    ol.steps{list-style:none;margin:0;padding:0;counter-reset:step}
    ol.steps>li{border-top:1px solid var(--grid);padding:.7rem 0;counter-increment:step}
    ol.steps>li:first-child{border-top:0;padding-top:.2rem}
    ol.steps .name{font-weight:600;overflow-wrap:anywhere}
    ol.steps .name::before{content:counter(step) ". ";color:var(--soft);font-variant-numeric:tabular-nums}
    ol.steps li.current{box-shadow:inset 4px 0 0 var(--link);padding-left:.9rem}
    ol.steps pre,.asks pre{margin:.5rem 0;max-height:16rem}
    pre.output{max-height:24rem;white-space:pre-wrap;overflow-wrap:anywhere;margin:.5rem 0;
    border-left:3px solid var(--line)}
    pre.output:empty::before{content:"No output yet.";color:var(--soft)}
    pre.output.live{border-left-color:var(--link)}
    .asks{border-color:var(--link);border-left-width:5px}
    .asks h2{font-size:1.3rem}
    .asks dl.facts{margin:.6rem 0;grid-template-columns:max-content minmax(0,1fr);gap:.2rem 1rem}
    .asks dl.facts dd{margin:0}.asks pre{white-space:pre-wrap;overflow-wrap:anywhere}
    .asks dd code,.hash{overflow-wrap:anywhere}
    .asks .actions{margin:1rem 0 0}.asks .row.apart{margin:0}
    .asks details summary{min-height:0;padding:0}.asks dd pre{max-height:12rem}
    .switch{border:1px solid var(--line);border-radius:10px;padding:0 1.15rem;margin:0 0 1.1rem;background:var(--card)}
    .switch>summary{color:var(--burning);font-weight:600}
    .switch form{margin:0 0 1rem}
    button.danger{border-color:var(--burning);color:var(--burning)}
    button.danger.strong{background:var(--burning);color:var(--card)}
    .automation{background:var(--exhausted-bg);color:var(--exhausted);border-bottom:1px solid var(--line);
    padding:.6rem 1.25rem;display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;
    justify-content:space-between}
    .automation p{margin:0;display:flex;gap:.5rem;align-items:flex-start;overflow-wrap:anywhere;min-width:0;flex:1}
    .automation .icon{margin-top:.25rem}.automation form{margin:0}
    .prose .block{border:1px solid var(--line);border-radius:8px;margin:.8rem 0;overflow:hidden}
    .prose .block>header{display:flex;flex-wrap:wrap;gap:.35rem .6rem;align-items:center;padding:.45rem .8rem;
    border-bottom:1px solid var(--grid);font-size:.875rem}
    .prose .block>pre{margin:0;border-radius:0}
    table.health td.r .state{margin-left:.3rem}
    .run-line{display:flex;flex-wrap:wrap;gap:.3rem .7rem;align-items:center;justify-content:space-between}
    .choices{border:0;margin:0;padding:0}.choices label{display:flex;gap:.6rem;align-items:center;min-height:44px;
    font-weight:400;font-size:1rem;margin:0}
    .choices input{width:auto;min-height:0;flex:none}
    input[type=checkbox]{width:1.2rem;min-height:0;height:1.2rem}
    .timeline pre{white-space:pre-wrap;overflow-wrap:anywhere}
    @media (max-width:44rem){.asks .actions.thumb{position:sticky;bottom:0;z-index:1;padding:.6rem 0;
    background:var(--card)}.asks .row.apart .btn{width:100%}
    .asks .actions form,.asks .actions button{width:100%}.asks pre{max-height:12rem}
    .automation button{width:100%}}

    """
}
