/** How a report looks: the colours and shapes of the search page, for reading and for print. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#f7f4ef, #141210);
  --surface: light-dark(#fffdfa, #1e1b18);
  --ink: light-dark(#1f1b17, #f3efe9);
  --soft: light-dark(#6b635b, #a79e94);
  --line: light-dark(#e6dfd5, #332e29);
  --ember: light-dark(#c2410c, #ff8a4c);
  --teal: light-dark(#0b7285, #4cc3d9);
  --ash: light-dark(#8b8178, #9a9087);
  --good: light-dark(#1f7a3d, #5fc77e);
  --bad: light-dark(#b3261e, #ff8a80);
  --shadow: 0 1px 2px rgb(60 40 20 / 8%), 0 8px 24px -12px rgb(60 40 20 / 22%);
  --round: 14px;
  --gap: clamp(16px, 2.4vw, 28px);
  font: 16px / 1.5 -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
*, *::before, *::after { box-sizing: border-box; }
body {
  max-width: 1120px;
  margin: 0 auto;
  padding: clamp(20px, 4vw, 48px) clamp(16px, 4vw, 40px) 72px;
  background: var(--paper);
  color: var(--ink);
  overflow-wrap: anywhere;
  -webkit-font-smoothing: antialiased;
}
h1, h2, h3, h4, p, ul, ol, dl, dd, figure { margin: 0; padding: 0; }
ul, ol { list-style: none; }
img, svg { display: block; }
:focus-visible { outline: 3px solid var(--ember); outline-offset: 3px; }

/* Type */
h1 { font-size: clamp(2rem, 5vw, 3rem); font-weight: 750; letter-spacing: -0.035em; line-height: 1.1; text-wrap: balance; }
h2 { font-size: 1.75rem; font-weight: 720; letter-spacing: -0.025em; line-height: 1.2; }
h3 { margin-top: 52px; font-size: 1.25rem; font-weight: 700; letter-spacing: -0.015em; }
h4 { margin-top: 28px; font-size: 1rem; font-weight: 700; }
.intro { max-width: 68ch; margin-top: 6px; color: var(--soft); text-wrap: pretty; }
.over, caption, dt { color: var(--soft); font-size: 0.74rem; font-weight: 600; letter-spacing: 0.06em; text-transform: uppercase; }

/* Head */
.brand { display: flex; align-items: center; gap: 10px; margin-bottom: clamp(28px, 5vw, 52px); font-size: 1.19rem; font-weight: 700; letter-spacing: -0.02em; }
.brand span { padding-left: 14px; border-left: 1px solid var(--line); color: var(--soft); font-size: 1rem; font-weight: 400; letter-spacing: 0; }
.mark { width: 28px; height: 28px; }
.verdict { display: grid; gap: 8px; max-width: 64ch; margin-top: 18px; font-size: 1.13rem; text-wrap: pretty; }
.warnings { max-width: 760px; margin-top: 24px; padding: 14px 20px 16px; border: 1px solid var(--bad); border-left-width: 5px; border-radius: 10px; background: var(--surface); }
.warnings h2 { color: var(--bad); font-size: 1rem; letter-spacing: 0; }
.warnings li { margin-top: 4px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(280px, 100%), 1fr)); gap: var(--gap); margin-top: 36px; }
.tiles > div { padding: 18px 22px 20px; border-radius: var(--round); background: var(--surface); box-shadow: var(--shadow); }
.tiles dd { display: flex; flex-wrap: wrap; align-items: baseline; gap: 2px 12px; margin-top: 4px; color: var(--soft); font-variant-numeric: tabular-nums; }
.tiles strong { color: var(--ink); font-size: 2.5rem; font-weight: 750; letter-spacing: -0.035em; line-height: 1.2; }
.tiles .good { color: var(--good); font-weight: 650; }
.tiles .bad { color: var(--bad); font-weight: 650; }
nav ul { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 36px; }
nav a { display: block; padding: 7px 16px; border: 1px solid var(--line); border-radius: 99px; background: var(--surface); color: inherit; font-size: 0.9rem; font-weight: 600; text-decoration: none; }
nav a:hover { border-color: var(--ember); }
section { margin-top: 60px; padding-top: 36px; border-top: 1px solid var(--line); }

/* Tables */
table { width: 100%; border-collapse: collapse; font-size: 0.92rem; font-variant-numeric: tabular-nums; }
caption { padding-bottom: 6px; text-align: left; }
th, td { padding: 7px 0 7px 16px; border-bottom: 1px solid var(--line); text-align: right; vertical-align: baseline; font-weight: 400; }
th:first-child { padding-left: 0; text-align: left; }
thead th { color: var(--soft); font-size: 0.82rem; white-space: nowrap; }
td { white-space: nowrap; }
.facts { margin-top: 40px; }
.facts tbody { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(320px, 100%), 1fr)); column-gap: 48px; }
.facts tr { display: grid; grid-template-columns: minmax(9em, 40%) 1fr; border-bottom: 1px solid var(--line); }
.facts th, .facts td { border: 0; }
.facts th { color: var(--soft); }
.facts td { text-align: left; white-space: normal; }
.figures { max-width: 760px; margin-top: 28px; }
.figures th[scope="row"] { font-weight: 650; }
.figures th span { display: block; color: var(--soft); font-weight: 400; font-size: 0.85rem; }
.figures thead th { white-space: normal; }
.figures td:first-of-type { font-weight: 650; }
.tables { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(400px, 100%), 1fr)); align-items: start; gap: 36px 56px; margin-top: 22px; }
.tables > * { min-width: 0; }
.tables td:not(.bar), .figures td { width: 1%; }
.recalls .bar { width: 30%; vertical-align: middle; }
.bar span { display: block; height: 8px; border-radius: 2px; background: var(--ember); }
.scale { position: relative; }
.scale i { position: absolute; top: 50%; min-width: 2px; height: 14px; border: solid var(--ink); border-width: 0 1.5px; background: linear-gradient(var(--ink), var(--ink)) center / 100% 1.5px no-repeat; transform: translateY(-50%); }
.good { color: var(--good); }
.bad { color: var(--bad); }
.soft { color: var(--soft); }
.comparison { max-width: 760px; }
.comparison td, .comparison th, .scrolled .figures th { white-space: nowrap; }
.scrolled .figures { margin-top: 8px; }
.gates { display: grid; gap: 4px; margin-top: 18px; }
.gates strong { margin-right: 8px; }
.scrolled { overflow-x: auto; margin-top: 14px; }
.matrix { width: auto; border-collapse: separate; border-spacing: 2px; font-size: 0.82rem; }
.matrix th, .matrix td { padding: 0; border: 0; }
.matrix th[scope="row"] { min-width: 12em; padding-right: 12px; text-align: left; vertical-align: middle; }
.matrix th span { display: inline-block; min-width: 1.6em; color: var(--soft); }
.matrix thead th { text-align: center; }
.matrix td[class] { width: 40px; min-width: 40px; height: 32px; border-radius: 5px; background: color-mix(in oklab, var(--tint) calc(var(--share) * 100%), var(--surface)); text-align: center; vertical-align: middle; }
.matrix .own { --tint: light-dark(#9fd3ae, #2c6b3f); }
.matrix .other { --tint: light-dark(#f5a27c, #a8481a); }
.leaks { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(300px, 100%), 1fr)); gap: 14px; margin-top: 18px; }
.leaks li { display: grid; grid-template-columns: 84px 84px minmax(0, 1fr); gap: 8px 10px; padding: 12px; border-radius: var(--round); background: var(--surface); box-shadow: var(--shadow); font-size: 0.8rem; line-height: 1.35; }
.leaks strong { display: block; color: var(--bad); }
.leaks p span { color: var(--soft); }
.confusions { grid-column: 1 / -1; max-width: 760px; }
.of, .confusions th span { color: var(--soft); }

/* Charts */
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(380px, 100%), 1fr)); gap: var(--gap); margin-top: 22px; }
.charts figure { display: flex; flex-direction: column; justify-content: space-between; max-width: 620px; padding: 16px 18px 14px; border-radius: var(--round); background: var(--surface); box-shadow: var(--shadow); }
figure svg { width: 100%; height: auto; }
figcaption { color: var(--soft); font-size: 0.9rem; }
figcaption strong { margin-right: 4px; color: var(--ink); font-weight: 700; }
.key, .legend { display: flex; flex-wrap: wrap; gap: 2px 18px; color: var(--soft); font-size: 0.85rem; }
.key { margin-top: 4px; }
.key li, .legend li { display: flex; align-items: center; gap: 7px; }
section > .key { margin-top: 14px; }
.stroke { width: 20px; border-top: 2.5px solid; }
.stroke.dashed { border-top-style: dashed; border-top-width: 2px; }
.swatch { width: 11px; height: 11px; border-radius: 3px; }
.wide { overflow-x: auto; margin-top: 18px; padding: 8px; border-radius: var(--round); background: var(--surface); box-shadow: var(--shadow); }
.wide .map { min-width: 760px; }
.legend { margin: 10px; }

/* Retrievals */
.retrievals > li { display: grid; grid-template-columns: 240px minmax(0, 1fr); gap: 24px; margin-top: 16px; padding: 16px; border-radius: var(--round); background: var(--surface); box-shadow: var(--shadow); }
.query { display: grid; grid-template-columns: 112px minmax(0, 1fr); gap: 14px; align-content: start; }
.query p { display: grid; align-content: start; gap: 3px; font-size: 0.92rem; line-height: 1.35; }
.query .label { font-weight: 650; }
.place { color: var(--soft); font-size: 0.82rem; }
.picture { width: 100%; height: auto; aspect-ratio: 1; border-radius: 8px; background: #fff; object-fit: contain; }
.none { display: grid; place-items: center; color: #6b635b; font-size: 0.8rem; }
.neighbours { display: grid; grid-template-columns: repeat(6, minmax(0, 1fr)); gap: 12px; }
.neighbours li { position: relative; display: grid; grid-template-columns: auto 1fr; align-content: start; gap: 0 6px; font-size: 0.8rem; line-height: 1.35; }
.neighbours .picture { grid-column: 1 / -1; margin-bottom: 5px; border: 3px solid var(--verdict); }
.hit { --verdict: var(--good); }
.miss { --verdict: var(--bad); }
.sign { color: var(--verdict); font-weight: 800; }
.similarity { font-variant-numeric: tabular-nums; }
.label { display: -webkit-box; overflow: hidden; -webkit-box-orient: vertical; -webkit-line-clamp: 3; }
.neighbours .label { grid-column: 1 / -1; color: var(--soft); }

@media (max-width: 860px) {
  .retrievals > li { grid-template-columns: minmax(0, 1fr); gap: 16px; }
}
@media (max-width: 560px) {
  .neighbours { grid-template-columns: repeat(3, minmax(0, 1fr)); }
  .charts figure { padding-inline: 12px; }
}
@media print {
  :root { color-scheme: light; --paper: #fff; --surface: #fff; --shadow: none; font-size: 13px; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { padding: 0; }
  nav { display: none; }
  figure, table, tr, .intro, .tiles > div, .retrievals > li { break-inside: avoid; }
  h2, h3, h4, caption, .intro, .key { break-after: avoid; }
  h3 { margin-top: 32px; }
  section { margin-top: 36px; padding-top: 24px; }
  .charts, .tables { grid-template-columns: 1fr 1fr; gap: 16px; }
  .tiles > div, .charts figure, .wide, .retrievals > li { border: 1px solid var(--line); }
  .wide { overflow: visible; }
  .wide .map { min-width: 0; }
}
`;
