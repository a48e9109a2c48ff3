extension Stylesheet {
  static let components = """
    .icon{width:1em;height:1em;flex:none;fill:none;stroke:currentColor;stroke-width:1.6;stroke-linecap:round;
    stroke-linejoin:round}
    .icon .solid{fill:currentColor}.icon .cut{stroke:var(--card)}
    .state{display:inline-flex;align-items:center;gap:.35em;padding:.05rem .55rem .05rem .4rem;border-radius:99px;
    font-size:.8125rem;font-weight:600;line-height:1.5rem;white-space:nowrap;vertical-align:middle}
    .healthy{color:var(--healthy)}.risk{color:var(--risk)}.burning{color:var(--burning)}
    .exhausted{color:var(--exhausted)}.quiet{color:var(--quiet)}.acknowledged{color:var(--acknowledged)}
    .suppressed{color:var(--suppressed)}
    .state.healthy{background:var(--healthy-bg)}.state.risk{background:var(--risk-bg)}
    .state.burning{background:var(--burning-bg)}.state.exhausted{background:var(--exhausted-bg)}
    .state.quiet{background:var(--quiet-bg)}.state.acknowledged{background:var(--acknowledged-bg)}
    .state.suppressed{background:var(--suppressed-bg)}
    .tag{display:inline-block;border:1px solid var(--line);border-radius:5px;padding:0 .4rem;font-size:.8125rem;
    color:var(--soft);white-space:nowrap}
    .sev{font-weight:700;font-size:.8125rem;border-radius:5px;padding:.1rem .45rem;border:1.5px solid currentColor;
    white-space:nowrap}
    .scroll{overflow:auto;max-height:26rem}
    table{border-collapse:collapse;width:100%}
    caption{text-align:left;font-weight:600;padding:0 0 .4rem}
    th,td{text-align:left;padding:.5rem .75rem .5rem 0;border-bottom:1px solid var(--grid);vertical-align:middle}
    tbody tr:last-child>*{border-bottom:0}
    th{font-weight:600}
    thead th{font-size:.8125rem;color:var(--soft);position:sticky;top:0;background:var(--card);z-index:1;
    white-space:nowrap;border-bottom-color:var(--line)}
    thead th a{color:inherit;text-decoration:none}thead th a:hover{text-decoration:underline}
    tbody tr:hover{background:var(--hover)}
    td.r,th.r{text-align:right;font-variant-numeric:tabular-nums}
    td.r+td,th.r+th{padding-left:1.25rem}
    table.figures td:not(:first-child),table.figures th:not(:first-child){text-align:right;
    font-variant-numeric:tabular-nums}
    td details>:not(summary){contain:inline-size}td details{min-width:min(14rem,100%)}
    .budget{display:inline-flex;gap:.6rem;align-items:center;justify-content:flex-end}
    .meter{flex:none}.meter rect{fill:currentColor}.meter .back{fill:var(--grid)}
    .btn,button{font:inherit;font-weight:600;min-height:44px;min-width:44px;padding:.5rem 1rem;border-radius:8px;
    border:1px solid var(--line);background:var(--card);color:var(--ink);cursor:pointer;text-decoration:none;
    display:inline-flex;align-items:center;justify-content:center;gap:.5rem}
    .btn:hover,button:hover{background:var(--hover)}
    button.primary,.btn.primary{background:var(--accent);border-color:var(--accent);color:var(--on-accent)}
    button.primary:hover,.btn.primary:hover{filter:brightness(1.1)}
    button.big{font-size:1.1rem;min-height:56px;padding:.6rem 1.75rem}
    button.plain{min-height:0;min-width:0;padding:0;border:0;background:none;color:var(--link);font-weight:400;
    text-decoration:underline;text-underline-offset:.15em}
    .actions{display:flex;flex-wrap:wrap;gap:.6rem;align-items:flex-start;margin:.75rem 0}
    .actions form{margin:0}
    label{display:block;font-weight:600;font-size:.875rem;margin:.6rem 0 .2rem}
    label .muted{font-weight:400}
    input,select,textarea{font:inherit;color:inherit;background:var(--bg);border:1px solid var(--soft);
    border-radius:8px;padding:.55rem .7rem;min-height:44px;width:100%;max-width:32rem}
    textarea{min-height:6rem;resize:vertical}
    .fields{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,13rem),1fr));gap:0 .9rem;
    align-items:end}
    .fields .actions{margin:.6rem 0 0}
    summary{cursor:pointer;min-height:44px;display:flex;align-items:center;gap:.4rem;color:var(--link)}
    summary::before{content:"▸";font-size:.8em}details[open]>summary::before{content:"▾"}
    dl.facts{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.35rem 1rem;margin:0}
    dl.facts dt{color:var(--soft)}dl.facts dd{margin:0;overflow-wrap:anywhere}
    ul.plain,ol.plain{list-style:none;margin:0;padding:0}
    ul.plain>li{padding:.45rem 0;border-bottom:1px solid var(--grid)}ul.plain>li:last-child{border:0}
    .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.75rem;margin:0 0 1.1rem}
    .tile{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:.7rem .9rem}
    .tile b{display:block;font-size:1.45rem;line-height:1.3;font-variant-numeric:tabular-nums}
    .tile span{color:var(--soft);font-size:.8125rem}
    .tabs{display:flex;flex-wrap:wrap;gap:.35rem;margin:0 0 1rem;padding:0;list-style:none}
    .tabs a{display:inline-flex;gap:.4rem;min-height:44px;align-items:center;padding:0 .85rem;
    border:1px solid var(--line);border-radius:99px;text-decoration:none;color:var(--ink);background:var(--card);
    font-size:.9375rem}
    .tabs a[aria-current]{background:var(--ink);color:var(--card);border-color:var(--ink)}
    .timeline{list-style:none;margin:0;padding:0}
    .timeline>li{display:grid;grid-template-columns:5.2rem 1rem minmax(0,1fr);gap:.6rem;padding:0}
    .timeline>li>time,.timeline .at{color:var(--soft);font-size:.875rem;text-align:right;padding-top:.1rem;
    font-variant-numeric:tabular-nums}
    .timeline .dot{position:relative}
    .timeline .dot::before{content:"";position:absolute;left:.43rem;top:0;bottom:0;width:2px;background:var(--line)}
    .timeline>li:last-child .dot::before{bottom:auto;height:.9rem}
    .timeline>li:first-child .dot::before{top:.7rem}
    .timeline .dot::after{content:"";position:absolute;left:.15rem;top:.42rem;width:.68rem;height:.68rem;
    border-radius:50%;background:var(--soft);border:2px solid var(--card)}
    .timeline .alert .dot::after{background:var(--burning)}.timeline .page .dot::after{background:var(--c1)}
    .timeline .note .dot::after{background:var(--c3);border-radius:2px}
    .timeline .text{padding-bottom:.85rem;overflow-wrap:anywhere}
    .timeline .note .text p{background:var(--quiet-bg);border-radius:8px;padding:.45rem .7rem;margin:.2rem 0 0;
    white-space:pre-wrap}
    .empty{padding:1.5rem 1rem;text-align:center;color:var(--soft)}
    .empty code{color:var(--ink)}
    .prose{max-width:46rem}.prose img{max-width:100%}
    .prose h1{font-size:1.4rem;margin-top:1.2rem}.prose h2{font-size:1.15rem;margin-top:1.4rem}
    .prose blockquote{margin:.6rem 0;padding:.1rem 1rem;border-left:4px solid var(--line);color:var(--soft)}
    .prose table{display:block;overflow:auto}.prose li{margin:.2rem 0}
    .prose td,.prose th{vertical-align:top}
    .narrow{max-width:26rem}
    .chain{list-style:none;margin:.6rem 0;padding:0;display:flex;flex-wrap:wrap;gap:.5rem 0;align-items:center}
    .chain li{display:flex;align-items:center}
    .chain li a{display:flex;align-items:center;min-height:44px;padding:0 .8rem;border:1.5px solid var(--line);
    border-radius:8px;text-decoration:none;font-weight:600}
    .chain li:last-child a{border-color:var(--burning);color:var(--burning)}
    .chain li+li::before{content:"→";padding:0 .5rem;color:var(--soft)}
    details.card>summary{cursor:pointer;min-height:44px;display:flex;align-items:center}
    .problem{color:var(--exhausted);background:var(--exhausted-bg);border-radius:8px;padding:.6rem .8rem}
    dialog{border:1px solid var(--line);border-radius:12px;background:var(--card);color:var(--ink);padding:1.25rem}
    dialog::backdrop{background:#0008}
    #lost{position:fixed;left:50%;bottom:1rem;transform:translateX(-50%);background:var(--ink);color:var(--bg);
    padding:.6rem 1rem;border-radius:10px;z-index:8;max-width:calc(100vw - 2rem);box-shadow:0 4px 16px #0006}

    """

  static let plots = """
    figure.plot{margin:0;position:relative;container-type:inline-size}
    figure.plot+figure.plot{margin-top:1.1rem}
    figcaption{display:flex;flex-wrap:wrap;gap:.1rem .75rem;align-items:baseline;margin-bottom:.35rem}
    figcaption .muted{font-size:.8125rem}
    .legend{list-style:none;display:flex;flex-wrap:wrap;gap:.1rem .9rem;margin:0;padding:0;font-size:.8125rem;
    color:var(--soft);margin-left:auto}
    .legend li::before{content:"";display:inline-block;width:.9rem;height:.2rem;margin-right:.35rem;
    vertical-align:middle;background:currentColor;border-radius:2px}
    .legend li.c1::before{background:var(--c1)}.legend li.c2::before{background:var(--c2)}
    .legend li.c3::before{background:var(--c3)}.legend li.c4::before{background:var(--c4)}
    .legend [class^=m-]::before{width:.6rem;height:.6rem;border-radius:50%}
    .legend .m-incident::before{background:var(--burning)}.legend .m-alert::before{background:var(--risk)}
    .legend .m-deployment::before{background:var(--suppressed)}
    .legend .m-exclusion::before,.legend .m-noData::before{border-radius:2px;background:var(--grid);
    border:1px solid var(--soft)}
    .legend.people li::before{width:.8rem;height:.8rem;background:var(--p6)}
    .people .p1::before{background:var(--p1)!important}.people .p2::before{background:var(--p2)!important}
    .people .p3::before{background:var(--p3)!important}.people .p4::before{background:var(--p4)!important}
    .people .p5::before{background:var(--p5)!important}
    .plot svg{display:block;overflow:visible;font-size:12px}
    .plot svg svg{overflow:hidden}
    .plot text{fill:var(--soft);font-variant-numeric:tabular-nums}
    .plot .labels text{paint-order:stroke;stroke:var(--card);stroke-width:3px;stroke-linejoin:round}
    .grid line,line.grid{stroke:var(--grid);stroke-width:1}
    .times line{stroke:var(--soft)}.times line.grid{stroke:var(--grid)}
    .times line.now{stroke:var(--ink);stroke-dasharray:2 3}
    .times text.day{font-weight:600;fill:var(--ink)}
    .curve polyline{fill:none;stroke-width:2;vector-effect:non-scaling-stroke;stroke-linejoin:round;
    stroke-linecap:round}
    .curve .dashed{stroke-dasharray:5 5}
    .curve .fill{stroke:none;opacity:.16}
    .c1 polyline{stroke:var(--c1)}.c1 .fill{fill:var(--c1)}.c2 polyline{stroke:var(--c2)}.c2 .fill{fill:var(--c2)}
    .c3 polyline{stroke:var(--c3)}.c3 .fill{fill:var(--c3)}.c4 polyline{stroke:var(--c4)}.c4 .fill{fill:var(--c4)}
    .limit line{stroke:var(--limit);stroke-dasharray:6 4;opacity:.65}.limit.strong line{stroke-dasharray:none;
    opacity:1;stroke-width:1.5}
    .limit text{fill:var(--limit)!important}
    .marks line{stroke-width:1.5;stroke-dasharray:3 3}.marks circle{stroke:var(--card);stroke-width:1.5}
    .marks .m-incident{color:var(--burning)}.marks .m-alert{color:var(--risk)}
    .marks .m-deployment{color:var(--suppressed)}
    .marks line{stroke:currentColor}.marks circle{fill:currentColor}
    .spans rect{fill:var(--grid);opacity:.75}.spans .m-incident{fill:var(--burning-bg)}
    .cursor{stroke:var(--ink);visibility:hidden}
    .plot.hover .cursor{visibility:visible}
    .tip{position:absolute;pointer-events:none;background:var(--card);border:1px solid var(--line);border-radius:8px;
    padding:.35rem .6rem;font-size:.8125rem;box-shadow:0 2px 10px #0003;z-index:3;white-space:nowrap;
    font-variant-numeric:tabular-nums}
    .bar rect{stroke:var(--card);stroke-width:1.5}
    .bar text{fill:var(--ink)}
    .p1 rect{fill:var(--p1)}.p2 rect{fill:var(--p2)}.p3 rect{fill:var(--p3)}.p4 rect{fill:var(--p4)}
    .p5 rect{fill:var(--p5)}.p6 rect{fill:var(--p6)}
    .bar.nobody rect{fill:var(--burning-bg);stroke:var(--burning);stroke-dasharray:5 3}
    .bar.nobody text{fill:var(--burning);font-weight:700}
    .bar.override rect{stroke:var(--ink);stroke-width:2.5}
    .bar text{font-size:13px}
    .weeks h3{margin:.6rem 0 .1rem;font-size:.9375rem}.weeks figure{margin:0}.weeks li.week{border:0;padding:0}
    .weeks ul.turns>li{padding:.25rem 0;border:0;font-size:.9375rem}
    .weeks a.cover{display:inline-block;padding:.35rem .5rem;margin:-.35rem 0;font-size:.875rem}
    @media (max-width:40rem){.weeks a.cover{padding:.75rem .6rem;margin:-.4rem 0}}
    a.long,a.long code{overflow-wrap:anywhere;white-space:normal}
    details.card>summary{font-weight:600;min-height:2.75rem;display:flex;align-items:center;cursor:pointer}

    """

  static let small = """
    @media (max-width:60rem){.split{grid-template-columns:minmax(0,1fr)}.split.acts>:nth-child(n){grid-area:auto}
    .top>div{padding:0 .85rem;flex-wrap:wrap;gap:0 .75rem}
    .top nav a{font-size:1rem;padding:0 .5rem}.top nav{order:3;flex-basis:100%;margin:0 -.85rem;padding:0 .5rem}
    .brand{flex:1}}
    @container (max-width:34rem){.times .odd{display:none}}
    @media (max-width:44rem){
    html{font-size:16px}h1{font-size:1.4rem}
    main{padding:1rem .85rem 3rem}.card{padding:.85rem .9rem;border-radius:8px}
    .actions button.big,.actions form.wide,.actions form.wide button{width:100%}
    .timeline>li{grid-template-columns:4.1rem 1rem minmax(0,1fr);gap:.4rem}
    .prose table{font-size:.8125rem}
    table.cards thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
    table.cards,table.cards tbody,table.cards tr,table.cards td,table.cards th{display:block;text-align:left}
    table.cards tr{padding:.7rem 0;border-bottom:1px solid var(--line)}
    table.cards tr:last-child{border-bottom:0}
    table.cards td,table.cards tbody th{border:0;padding:.12rem 0}
    table.cards td[data-label]{display:flex;justify-content:space-between;gap:1rem;align-items:center;
    text-align:right;min-height:1.9rem}
    table.cards td[data-label]::before{content:attr(data-label);color:var(--soft);font-size:.875rem;text-align:left;
    flex:none}
    table.cards td:empty{display:none}
    dl.facts{grid-template-columns:minmax(0,1fr);gap:0}dl.facts dd{margin-bottom:.5rem}
    .legend{margin-left:0}}
    @media (pointer:coarse){main p a,main li a,main td a,main th a{padding-block:.35rem}}
    @media print{.top,footer,.crumbs,.actions,form,.tabs,#lost,details.data,.skip{display:none!important}
    html{background:#fff;font-size:11pt}.card{border:0;padding:0;box-shadow:none;break-inside:avoid}
    main{max-width:none;padding:0}a{color:inherit}.prose{max-width:none}}
    @media (prefers-reduced-motion:no-preference){.fresh{animation:fresh 1.6s ease-out}
    @keyframes fresh{from{background:var(--risk-bg)}}}

    """
}
