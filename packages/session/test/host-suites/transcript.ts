import { type IncomingHttpHeaders, request } from 'node:http';
import type { MemoryStore } from './memory-store.ts';

/** A site with a session, and the store behind it. */
export interface Site {
  readonly url: string;
  readonly store: MemoryStore;
  close(): Promise<void>;
}

/** What a browser does: paths it asks for, one after the other. `!` before it: without cookies; `&` between: at once. */
export type Script = readonly string[];

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const ask = (url: string, headers: Record<string, string>): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const asked = request(url, { headers, agent: false, timeout: 5_000 }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer within five seconds')));
    asked.on('error', reject).end();
  });

/** Names ids by the order in which they are met: they differ from run to run. */
class Ids {
  readonly #names = new Map<string, string>();

  hide(text: string): string {
    let hidden = text;
    for (const [id, name] of this.#names) hidden = hidden.replaceAll(id, name);
    return hidden;
  }

  /** Notes the id in a cookie, signed or not. */
  meet(value: string): void {
    if (value.startsWith('eyJ')) return; // a session in a cookie
    const id = decodeURIComponent(value).replace(/^s:/, '').split('.')[0] ?? '';
    if (id.length > 8 && !this.#names.has(id)) this.#names.set(id, `<id ${this.#names.size + 1}>`);
  }
}

const DATES = /"\d{4}-\d\d-\d\dT[^"]*"|(?<=expires=)[^;]*|(?<="(_expire|maxAge)":)\d+/gi;
const isPast = (text: string): boolean => new Date(text.replaceAll('"', '')).getTime() < Date.now() - 5_000;
/** Hosts compute a lifetime from a date, and may be a millisecond off. */
const wholeSeconds = (text: string): string =>
  text.replace(/(?<="originalMaxAge":)\d+/g, (ms) => `${Math.round(Number(ms) / 1_000)}s`);
const hideDates = (text: string): string =>
  wholeSeconds(text).replace(DATES, (date) =>
    /^\d+$/.test(date) ? '<ms>' : isPast(date) ? '<past>' : '<date>',
  );

/** What does not differ from run to run of a cookie: not its value, but its attributes. */
function shown(setCookie: string, ids: Ids): string {
  const [pair = '', ...attributes] = setCookie.split(';').map((part) => part.trim());
  const [name = '', value = ''] = pair.split(/=(.*)/s);
  if (name.endsWith('.sig')) return hideDates([`${name}=<signature>`, ...attributes.sort()].join('; '));
  ids.meet(value);
  const hasValue = value.startsWith('eyJ')
    ? '<session>'
    : value === ''
      ? ''
      : ids.hide(decodeURIComponent(value)).replace(/(<id \d+>)\..*/s, '$1');
  return hideDates(
    [`${name}=${hasValue.length > 40 ? '<value>' : hasValue}`, ...attributes.sort()].join('; '),
  );
}

/** What was seen of a site, and how often it wrote to its store. */
export interface Transcript {
  readonly told: readonly string[];
  readonly writes: number;
}

/** Plays a script on a site and tells all that can be seen of it: answers, cookies and rows. */
export async function transcriptOf(site: Site, script: Script): Promise<Transcript> {
  const lines: string[] = [];
  const ids = new Ids();
  const jar = new Map<string, string>();
  const send = async (path: string): Promise<Answer> => {
    const [, flag, rest = ''] = /^([!]?)(.*)$/s.exec(path) ?? [];
    const [target = '', forged] = rest.split(' cookie:');
    const cookie = forged ?? [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    return ask(`${site.url}${target}`, flag === '!' || cookie === '' ? {} : { cookie });
  };
  const note = (path: string, { status, headers, body }: Answer): void => {
    const cookies = headers['set-cookie'] ?? [];
    const told = cookies.map((one) => shown(one, ids)); // before the body: it makes ids known
    for (const one of cookies) {
      const [name = '', value = ''] = (one.split(';')[0] ?? '').split(/=(.*)/s);
      if (value === '') jar.delete(name);
      else jar.set(name, value);
    }
    const location = headers.location === undefined ? '' : ` to ${headers.location}`;
    lines.push(
      `${path} -> ${status}${location} ${hideDates(ids.hide(body))}`,
      ...told.map((one) => `  ${one}`),
    );
  };
  for (const step of script) {
    if (step.startsWith('store:')) {
      const [, action, what = ''] = step.split(':');
      if (action === 'clear') site.store.rows.clear();
      if (action === 'fail') site.store.failing.add(what);
      if (action === 'works') site.store.failing.clear();
      if (action === 'wait') await new Promise((resolve) => setTimeout(resolve, Number(what)));
      continue;
    }
    const paths = step.split(' & ');
    const answers = await Promise.all(paths.map(send));
    for (const [index, answer] of answers.entries()) note(paths[index] ?? '', answer);
  }
  for (const [id, text] of site.store.rows) {
    const { _v: _, ...row } = JSON.parse(text) as Record<string, unknown>;
    lines.push(
      hideDates(ids.hide(`row ${id}: ${JSON.stringify(row, Object.keys(row).sort().concat(inner(row)))}`)),
    );
  }
  const told = lines.map((line) => line.replace(/(row |")[\w-]{20,}/g, '$1<id>'));
  return { told, writes: site.store.writes.length };
}

/** All keys below, so that `JSON.stringify` shows them in a fixed order. */
function inner(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, below]) => [key, ...inner(below)]);
}
