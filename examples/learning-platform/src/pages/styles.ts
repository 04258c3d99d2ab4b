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
nav ul { display: flex; flex-wrap: wrap; gap: 1rem; list-style: none; margin: 0; padding: 0; }
a { color: var(--main); }
.xp { margin: 0; font-weight: 600; font-variant-numeric: tabular-nums; }
main { max-width: 46rem; margin: 1.5rem auto; padding: 0 1.25rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 1.25rem 1.5rem; margin-bottom: 1.25rem; }
.narrow { max-width: 24rem; margin-inline: auto; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 1rem; }
h2 { font-size: 1.1rem; margin: 0 0 .5rem; }
form { margin: 0; }
label { display: block; margin-bottom: .9rem; font-weight: 600; }
label.choice { font-weight: 400; border: 1px solid var(--line); border-radius: 10px; padding: .6rem .8rem; margin-bottom: .5rem; }
input:not([type=radio]):not([type=hidden]), textarea { display: block; width: 100%; margin-top: .3rem; padding: .55rem .7rem;
  font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--line); border-radius: 9px; }
button { font: inherit; font-weight: 600; padding: .55rem 1.1rem; border: 0; border-radius: 9px; background: var(--main);
  color: var(--on-main); cursor: pointer; }
button.quiet { background: none; color: var(--soft); padding: .3rem .5rem; border: 1px solid var(--line); }
button:focus-visible, a:focus-visible, input:focus-visible, textarea:focus-visible { outline: 3px solid var(--main); outline-offset: 2px; }
.notice { border-radius: 9px; padding: .6rem .9rem; font-weight: 600; margin: 0 0 1rem; }
.good { color: var(--good); background: var(--good-ground); }
.problem { color: var(--bad); background: var(--bad-ground); }
.figures { display: flex; flex-wrap: wrap; gap: 1.5rem; margin: 0; }
.figures div { min-width: 6rem; }
dt { color: var(--soft); font-size: .9rem; } dd { margin: 0; font-size: 1.6rem; font-weight: 700; font-variant-numeric: tabular-nums; }
table { width: 100%; border-collapse: collapse; } th, td { text-align: left; padding: .4rem .5rem; border-bottom: 1px solid var(--line); }
.soft { color: var(--soft); }
.answer { white-space: pre-wrap; }
`;
