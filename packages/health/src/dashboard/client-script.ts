/**
 * What the page does in the browser, as text: it is sent as it stands, with a nonce, and no build comes between. It
 * shows what the server put into words (`View`), and sets every string as text.
 */
export const CLIENT_SCRIPT = `
(() => {
  'use strict';
  const byId = (id) => document.getElementById(id);
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const setText = (node, text) => { if (node && node.textContent !== text) node.textContent = text; };
  const element = (tag, text, className) => {
    const node = document.createElement(tag);
    if (text !== undefined) node.textContent = text;
    if (className) node.className = className;
    return node;
  };
  const SHARES = ['errorRate', 'memory', 'cpu'];
  const charts = new Map();
  let shown = JSON.parse(byId('view').textContent);
  let heardAt = Date.now();

  function drawChart(tile, view) {
    const box = document.querySelector('[data-chart="' + CSS.escape(tile.id) + '"]');
    const values = view.series.values[tile.id];
    if (!box || !values || values.length < 2 || typeof uPlot !== 'function') return;
    const known = charts.get(tile.id);
    const data = [view.series.at, values];
    if (known) { known.setData(data); return; }
    const isShare = SHARES.includes(tile.id);
    const times = (_, splits) => splits.map((at) => new Date(at * 1000).toISOString().slice(11, at % 60 === 0 ? 16 : 19));
    const amounts = (_, splits) => splits.map((value) => isShare ? +(value * 100).toFixed(1) + ' %' : String(+value.toFixed(2)));
    const axis = { stroke: css('--soft'), grid: { stroke: css('--line'), width: 1 }, ticks: { show: false }, font: '11px system-ui' };
    charts.set(tile.id, new uPlot({
      width: box.clientWidth, height: 110, legend: { show: false }, cursor: { show: false },
      scales: { y: { range: (_, low, high) => [Math.min(0, low), high > 0 ? high * 1.1 : 1] } },
      series: [{}, { stroke: css('--chart'), fill: css('--fill'), width: 1.5, points: { show: false } }],
      axes: [{ ...axis, space: 70, values: times }, { ...axis, size: 52, space: 22, values: amounts }],
    }, data, box));
  }

  function drawCharts(view) {
    // The figures stand without them: a chart that throws (some locales do that to uPlot) is left out.
    for (const tile of view.tiles) { try { drawChart(tile, view); } catch { } }
  }

  function show(view) {
    shown = view;
    setText(byId('status'), view.status);
    byId('status').className = 'status ' + view.status;
    document.title = view.status + ' · ' + view.name;
    setText(byId('facts'), view.facts.join(' · '));
    byId('reasons').replaceChildren(...view.reasons.map((reason) => element('li', reason)));
    for (const tile of view.tiles) {
      const node = document.querySelector('[data-tile="' + CSS.escape(tile.id) + '"]');
      if (!node) continue;
      setText(node.querySelector('.value'), tile.value);
      node.querySelector('.value').className = 'value ' + tile.level;
      setText(node.querySelector('.hint'), tile.hint);
    }
    for (const table of view.tables) {
      const body = document.querySelector('[data-table="' + CSS.escape(table.id) + '"] tbody');
      if (!body) continue;
      const rows = table.rows.length > 0 ? table.rows : [[table.empty]];
      body.replaceChildren(...rows.map((cells) => {
        const row = element('tr');
        row.append(...cells.map((cell) => element('td', cell)));
        if (table.rows.length === 0) row.firstChild.colSpan = table.columns.length;
        return row;
      }));
    }
    drawCharts(view);
  }

  function sayAge() {
    const seconds = Math.round((Date.now() - heardAt) / 1000);
    const stale = seconds > 20;
    byId('live').className = stale ? 'live stale' : 'live';
    setText(byId('live'), stale ? 'stale since ' + shown.at : 'live, ' + shown.at);
  }

  drawCharts(shown);
  const source = new EventSource(document.body.dataset.events);
  source.addEventListener('view', (event) => { heardAt = Date.now(); show(JSON.parse(event.data)); sayAge(); });
  source.addEventListener('beat', () => { heardAt = Date.now(); sayAge(); });
  source.addEventListener('error', () => {
    // The browser tries again by itself, except after an answer that says no.
    byId('live').className = 'live stale';
    setText(byId('live'), 'stale since ' + shown.at);
  });
  setInterval(sayAge, 5000);
  addEventListener('resize', () => {
    for (const [id, chart] of charts) {
      const box = document.querySelector('[data-chart="' + CSS.escape(id) + '"]');
      if (box) chart.setSize({ width: box.clientWidth, height: 110 });
    }
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    for (const [id, chart] of charts) { chart.destroy(); charts.delete(id); }
    drawCharts(shown);
  });
})();
`;
