/** The one style sheet of the site. */
export const styles = `
:root { --ground: #f6f5f1; --card: #fff; --ink: #23262d; --soft: #5f6672; --line: #dedcd4; --main: #2f5fd0;
  --on-main: #fff; --good: #1d6b3c; --good-ground: #e4f3e9; --bad: #a02626; --bad-ground: #fbe9e7; color-scheme: light; }
[data-theme=dark] { --ground: #16181d; --card: #20232a; --ink: #eceef2; --soft: #a4abb8; --line: #353a44; --main: #7aa2ff;
  --on-main: #10131a; --good: #8fd6a8; --good-ground: #1c3325; --bad: #ff9f98; --bad-ground: #3a2020; color-scheme: dark; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 17px/1.55 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: .75rem 1.5rem; align-items: center; padding: .75rem 1.25rem;
  background: var(--card); border-bottom: 1px solid var(--line); }
.brand { font-weight: 700; color: var(--ink); text-decoration: none; }
nav { margin-right: auto; }
nav a { color: var(--soft); font-weight: 600; text-decoration: none; padding: .25rem 0; }
nav a:hover { color: var(--ink); } nav a[aria-current] { color: var(--main); border-bottom: 2px solid; }
nav ul { display: flex; flex-wrap: wrap; gap: .4rem 1rem; list-style: none; margin: 0; padding: 0; }
a { color: var(--main); }
.xp { margin: 0; font-weight: 600; font-variant-numeric: tabular-nums; }
main { max-width: 46rem; margin: 1.5rem auto; padding: 0 1.25rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 1.25rem 1.5rem; margin-bottom: 1.25rem; }
.card > :last-child, .card li:last-child { margin-bottom: 0; } .card > :first-child { margin-top: 0; }
.card ul { padding-left: 1.2rem; margin: 0 0 1rem; } .card ul:empty { display: none; }
.narrow { max-width: 24rem; margin-inline: auto; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 1rem; }
h2 { font-size: 1.1rem; margin: 0 0 .5rem; }
h2:not(:first-child) { margin-top: 1.75rem; }
form { margin: 0; }
.row { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; } .row label { flex: 1 1 12rem; margin: 0; }
.chips { display: flex; flex-wrap: wrap; gap: .5rem; }
.switches { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .6rem; }
.switches button { width: 100%; height: 100%; font-size: .95rem; padding-inline: .6rem; }
li .soft { white-space: nowrap; }
label { display: block; margin-bottom: .9rem; font-weight: 600; }
label.choice:has(:checked) { border-color: var(--main); }
label.choice { font-weight: 400; border: 1px solid var(--line); border-radius: 10px; padding: .6rem .8rem; margin-bottom: .5rem; }
input:not([type=radio]):not([type=hidden]), textarea { display: block; width: 100%; margin-top: .3rem; padding: .55rem .7rem;
  font: inherit; font-weight: 400; color: inherit; background: var(--ground); border: 1px solid var(--line); border-radius: 9px; }
.button { display: inline-block; text-decoration: none; }
button, .button { font: inherit; font-weight: 600; padding: .55rem 1.1rem; border: 0; border-radius: 9px; background: var(--main);
  color: var(--on-main); cursor: pointer; }
button:hover, .button:hover { filter: brightness(1.08); }
button.quiet { background: none; font-size: .95rem; color: var(--soft); padding: .3rem .75rem; border: 1px solid var(--line); }
button:focus-visible, a:focus-visible, input:focus-visible, textarea:focus-visible { outline: 3px solid var(--main); outline-offset: 2px; }
.notice { border-radius: 9px; padding: .6rem .9rem; font-weight: 600; margin: 0 0 1rem; }
.good { color: var(--good); background: var(--good-ground); }
.problem { color: var(--bad); background: var(--bad-ground); }
.figures { display: flex; flex-wrap: wrap; gap: 1.5rem; margin: 0; }
.figures div { min-width: 6rem; }
dt { color: var(--soft); font-size: .9rem; } dd { margin: 0; font-size: 1.6rem; font-weight: 700; font-variant-numeric: tabular-nums; }
table { width: 100%; margin-bottom: 1.1rem; border-collapse: collapse; } th, td { text-align: left; padding: .4rem .5rem; border-bottom: 1px solid var(--line); }
.soft { color: var(--soft); }
p.soft:first-child { margin-bottom: .25rem; }
.answer { white-space: pre-wrap; overflow-wrap: anywhere; }
h1, h2, td, li { overflow-wrap: anywhere; }
@media (max-width: 34rem) {
  header { gap: .5rem 1rem; padding: .75rem 1rem; } .brand { margin-right: auto; } nav { order: 3; flex-basis: 100%; }
  main { padding: 0 1rem; margin-top: 1rem; } .card { padding: 1.1rem 1.15rem; } .figures { gap: 1rem; } .figures div { min-width: 4.5rem; }
}
`;
