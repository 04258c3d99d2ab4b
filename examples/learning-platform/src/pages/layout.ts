import { html } from 'ghtml';

/** What the frame of every page shows. */
export interface Frame {
  readonly title: string;
  /** Path of the page, for the link that leads to it. */
  readonly path: string;
  readonly theme: string;
  /** Undefined before the log-in. */
  readonly role: string | undefined;
  readonly loggedIn: boolean;
  readonly xp: number;
  readonly csrf: string;
  readonly chaos: boolean;
}

function navigation(frame: Frame): string {
  if (!frame.loggedIn) return '';
  const links = [
    ['/', 'Home'],
    ['/quiz', 'Quiz'],
    ['/arcade', 'Arcade'],
    ['/tutor', 'Tutor'],
    ...(frame.role === 'teacher' ? [['/teacher', 'Classes']] : []),
    ...(frame.role === 'admin' ? [['/admin/health', 'Health']] : []),
    ...(frame.role === 'admin' && frame.chaos ? [['/admin/chaos', 'Chaos']] : []),
  ];
  const items = links
    .map(([href, name]) => {
      const current = href === frame.path ? ' aria-current="page"' : '';
      return html`<li><a href="${href}"!${current}>${name}</a></li>`;
    })
    .join('');
  return html`<nav aria-label="Main"><ul>!${items}</ul></nav>
    <p class="xp" id="xp">${frame.xp} XP</p>
    <form method="post" action="/logout"><input type="hidden" name="_csrf" value="${frame.csrf}">
      <button class="quiet">Log out</button></form>`;
}

/** The frame around every page; `body` is HTML that has been escaped already. */
export function layout(frame: Frame, body: string): string {
  return html`<!doctype html>
<html lang="en" data-theme="${frame.theme}">
<head>
  <meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${frame.title} · Learning platform</title>
  <link rel="icon" href="data:,"><link rel="stylesheet" href="/assets/site.css">
</head>
<body>
  <header><a class="brand" href="/">Learning platform</a>!${navigation(frame)}</header>
  <main>!${body}</main>
</body>
</html>`;
}
