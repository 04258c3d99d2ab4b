import { compareWithHost } from './compare.ts';
import { type KoaOptions, koaSite } from './koa-site.ts';

let ids = 0;

/** The options that koa-session documents, each in the ways that change what happens. */
const OPTIONS: Readonly<Record<string, KoaOptions>> = {
  'no options': {},
  rolling: { rolling: true },
  renew: { renew: true, maxAge: 3_600_000 },
  'a lifetime': { maxAge: 3_600_000 },
  'until the browser ends': { maxAge: 'session' },
  unsigned: { signed: false },
  'attributes of the cookie': { httpOnly: false, sameSite: 'strict', domain: 'example.org' } as KoaOptions,
  'a name': { key: 'sid' },
  'ids of our own': { genid: () => `our-own-id-${++ids}-${'x'.repeat(20)}` },
  'a prefix': { prefix: 'site-' },
  'saved by hand only': { autoCommit: false },
  'all in the cookie': { inCookie: true },
  'all in the cookie, rolling': { inCookie: true, rolling: true },
};

/** koa-session reads a cookie when `ctx.session` is first looked at, and does less on a page that never does. */
const LOOKED_AT = {
  why: 'the session is looked at on every page',
  shows: /koa\.sess=<session>; expires=<date>/,
};

compareWithHost('koa-session', OPTIONS, koaSite, {
  'all in the cookie | read again in mid-request': LOOKED_AT,
  'all in the cookie, rolling | read again in mid-request': LOOKED_AT,
  'all in the cookie, rolling | a first write makes a session, the next page reads it': LOOKED_AT,
  'all in the cookie, rolling | values of all kinds of JSON': LOOKED_AT,
  'all in the cookie, rolling | another lifetime for one session': LOOKED_AT,
  'all in the cookie, rolling | another lifetime for a visitor who writes nothing': LOOKED_AT,
  'all in the cookie, rolling | two pages at once': LOOKED_AT,
});
