// SPDX-License-Identifier: Apache-2.0

/// The report's style sheet: no network, no fonts, readable on paper and in the dark.
enum ReportStyle {
    static let css = """
        :root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6675; --line: #d5dbe3;
          --paper: #ffffff; --card: #f5f7fa; --bar: #3b6ea5; --tick: #d9822b; --good: #23794b;
          --bad: #b3261e; --spent: #9aa7b8; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #a3adba;
          --line: #3a4452; --paper: #161b22; --card: #1f2630; --bar: #6ea3dc; --tick: #f0a35c;
          --good: #5cc98d; --bad: #ff8a80; --spent: #66758a; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 60rem; padding: 2rem 1.25rem 4rem; color: var(--ink);
          background: var(--paper); font: 16px/1.5 system-ui, sans-serif; }
        h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .25rem; }
        h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; border-bottom: 1px solid var(--line);
          padding-bottom: .25rem; }
        h3 { font-size: 1rem; margin: 1rem 0 .25rem; }
        p, ul { margin: .5rem 0; max-width: 46rem; }
        .lead { color: var(--soft); margin-top: 0; }
        .facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr));
          gap: .75rem; margin: 1.25rem 0; }
        .fact { background: var(--card); border-radius: .5rem; padding: .75rem 1rem; }
        .fact b { display: block; font-size: 1.3rem; line-height: 1.3; }
        .fact span { color: var(--soft); font-size: .85rem; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-size: .9rem; }
        th, td { text-align: left; padding: .35rem .6rem .35rem 0; border-bottom: 1px solid
          var(--line); vertical-align: top; }
        td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
        .pass, .mitigated { color: var(--good); font-weight: 600; }
        .fail { color: var(--bad); font-weight: 600; }
        .columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(27rem, 1fr));
          gap: 1rem 2rem; }
        @media (max-width: 30rem) { .columns { grid-template-columns: 1fr; } }
        svg { max-width: 100%; height: auto; font: 11px system-ui, sans-serif; }
        svg text { fill: var(--ink); }
        .bar { fill: var(--bar); } .free { fill: var(--line); } .spent { fill: var(--spent); }
        .tick { stroke: var(--tick); stroke-width: 2.5; } .axis { stroke: var(--line); }
        .whisker { stroke-width: 2.5; } .whisker.good { stroke: var(--good); }
        .whisker.bad { stroke: var(--bad); } circle.good { fill: var(--good); }
        circle.bad { fill: var(--bad); }
        .threshold { stroke: var(--ink); stroke-width: 1.5; stroke-dasharray: 3 2; }
        code { font: .85em ui-monospace, monospace; overflow-wrap: anywhere; }
        .key { color: var(--soft); font-size: .85rem; }
        @media print { body { max-width: none; padding: 0; } h2 { break-after: avoid; } }
        """
}
