/// How the report looks.
enum ReportStyle {
    static let sheet = """
        :root { color-scheme: light dark; --paper: #fbfbfa; --ink: #1c1b1a; --faint: #5d5a56; --line: #d9d6d1;
          --bar: #2f6fa8; --warn: #8a4b00; }
        @media (prefers-color-scheme: dark) { :root { --paper: #161615; --ink: #ecebe8; --faint: #aaa7a2;
          --line: #3a3937; --bar: #7fb2e5; --warn: #f2b36b; } }
        @media print { :root { color-scheme: light; --paper: #fff; --ink: #000; --faint: #444; --line: #bbb;
          --bar: #2f6fa8; --warn: #8a4b00; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 75rem; padding: 1rem 1rem 2rem; background: var(--paper); color: var(--ink);
          font: 1rem/1.5 system-ui, sans-serif; display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.5rem 3rem; }
        header, footer, .wide, section:first-of-type { grid-column: 1 / -1; }
        @media (min-width: 60rem) { body { grid-template-columns: repeat(2, minmax(0, 1fr)); } }
        header p, h1, h2 { margin: 0; }
        h1 { font-size: 1.75rem; line-height: 1.2; overflow-wrap: anywhere; }
        h2 { font-size: 1.15rem; margin-bottom: .5rem; }
        footer { border-top: 1px solid var(--line); color: var(--faint); }
        .faint, dt { color: var(--faint); }
        .warning { color: var(--warn); font-weight: 600; }
        dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem 1.25rem; margin: 0; }
        dl.long { grid-template-columns: repeat(auto-fit, minmax(min(18rem, 100%), 1fr)); margin-bottom: 1rem; }
        dl div { min-width: 0; }
        dt { font-size: .85rem; }
        dd { margin: 0; font-size: 1.35rem; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
        .long dd { font-size: 1rem; }
        figure { margin: 0; }
        svg { display: block; width: 100%; height: auto; font-family: system-ui, sans-serif; }
        .rule { stroke: var(--line); }
        .bar { fill: var(--bar); }
        .label { fill: var(--ink); }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; }
        th, td { text-align: left; font-weight: 400; vertical-align: top; padding: .35rem 1rem .35rem 0;
          border-bottom: 1px solid var(--line); overflow-wrap: anywhere; min-width: 5rem; }
        th:not([scope]) { font-size: .85rem; color: var(--faint); }
        .number { text-align: right; font-variant-numeric: tabular-nums; }
        code { font-size: .9em; overflow-wrap: anywhere; }
        summary { cursor: pointer; color: var(--faint); padding: .35rem 0; }
        :focus-visible { outline: 3px solid var(--bar); outline-offset: 2px; }
        .crowded { list-style: none; margin: 0; padding: 0; display: grid; gap: 1.25rem;
          grid-template-columns: repeat(auto-fill, minmax(min(17rem, 100%), 1fr)); }
        .crowded li { break-inside: avoid; min-width: 0; }
        .crowded p { margin: .25rem 0 0; }
        .url { overflow-wrap: anywhere; font-size: .9rem; }
        img { display: block; width: 100%; height: auto; border-radius: .35rem; background: var(--line); }
        @media (max-width: 40rem) { tr { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); column-gap: 1rem;
            border-bottom: 1px solid var(--line); padding: .35rem 0; }
          th, td { border: 0; padding: 0; min-width: 0; } th:not(.number), td:not(.number) { grid-column: 1 / -1; }
          .number { text-align: left; } }
        @media print { body { display: block; max-width: none; padding: 0; font-size: 10pt; }
          section { margin-bottom: 1.25rem; } figure, tr, dl div { break-inside: avoid; }
          h2, tr:first-child { break-after: avoid; } summary { display: none; } figure { max-width: 14cm; }
          .crowded { grid-template-columns: repeat(3, minmax(0, 1fr)); } .scroll { overflow: visible; } }

        """
}
