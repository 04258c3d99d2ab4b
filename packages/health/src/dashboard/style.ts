/** The page's own style, in both schemes; greys and levels have a contrast of at least 4.5 on their ground. */
export const STYLE = `
:root{color-scheme:light dark;--ground:#f6f7f9;--card:#fff;--ink:#1b2430;--soft:#55606e;--line:#d8dde4;--healthy:#0b6b3a;--degraded:#8a5300;--critical:#b3231b;--chart:#1f5fbf;--fill:#1f5fbf22}
@media (prefers-color-scheme:dark){:root{--ground:#12161c;--card:#1b212a;--ink:#e8ecf1;--soft:#a9b4c1;--line:#343d49;--healthy:#5fd394;--degraded:#f0b357;--critical:#ff8f86;--chart:#7fb2ff;--fill:#7fb2ff22}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:76rem;margin:0 auto;padding:1rem}
header{display:flex;flex-wrap:wrap;gap:.25rem 1rem;align-items:baseline}
h1{font-size:1.4rem;margin:0}
h2{font-size:1rem;margin:0 0 .5rem}
.status{font-weight:700}
.healthy{color:var(--healthy)}.degraded{color:var(--degraded)}.critical{color:var(--critical)}
.facts,.hint,.live,caption{color:var(--soft)}
.live{margin-left:auto}
.stale{color:var(--critical);font-weight:700}
.reasons{margin:.5rem 0;padding-left:1.2rem}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(17rem,1fr));gap:.75rem;margin:1rem 0}
.tile,section{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.75rem}
.tile p{margin:0}.value{font-size:1.5rem;font-variant-numeric:tabular-nums}
.lists{display:grid;grid-template-columns:repeat(auto-fill,minmax(22rem,1fr));gap:.75rem}
section{overflow-x:auto;min-width:0}
.wide{grid-column:1/-1}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.2rem .6rem .2rem 0;vertical-align:top;overflow-wrap:break-word}
th{color:var(--soft);white-space:nowrap;font-weight:600;border-bottom:1px solid var(--line)}
.chart{margin-top:.5rem;min-height:0}
@media (max-width:30rem){.tiles,.lists{grid-template-columns:1fr}main{padding:.5rem}}
`;
