import { compareWithHost } from './compare.ts';
import { type ExpressOptions, expressSite } from './express-site.ts';
import { MemoryStore } from './memory-store.ts';

let ids = 0;

/** The options that express-session documents, each in the ways that change what happens. */
const OPTIONS: Readonly<Record<string, ExpressOptions>> = {
  'the recommended options': {},
  'saveUninitialized and resave': { saveUninitialized: true, resave: true },
  'saveUninitialized alone': { saveUninitialized: true },
  'resave alone': { resave: true },
  rolling: { rolling: true, cookie: { maxAge: 3_600_000 } },
  'rolling and saveUninitialized': { rolling: true, saveUninitialized: true },
  'a lifetime': { cookie: { maxAge: 3_600_000 } },
  'attributes of the cookie': {
    cookie: { httpOnly: false, sameSite: 'strict', domain: 'example.org', priority: 'high' },
  },
  'sameSite by default of the browser': { cookie: { sameSite: true, partitioned: true } },
  'secure: auto': { cookie: { secure: 'auto', maxAge: 60_000 } },
  'secure on a plain connection': { cookie: { secure: true } },
  'a path that is elsewhere': { cookie: { path: '/elsewhere' } },
  'a name': { name: 'sid' },
  'ids of our own': { genid: () => `our-own-id-${++ids}-${'x'.repeat(20)}` },
  'secrets in rotation': {
    secret: ['new secret of thirty-two characters', 'thirty-two characters are needed.'],
  },
  'unset: destroy': { unset: 'destroy' },
  'a store without touch': { memory: () => new MemoryStore(), cookie: { maxAge: 3_600_000 } },
  'a store without touch, resave': { memory: () => new MemoryStore(), resave: true },
};

compareWithHost('express-session', OPTIONS, expressSite, {
  // The host alone goes on with a row whose cookie has expired, where its store does not look at dates either.
  'a store without touch, resave | a lifetime that ends': {
    why: 'an expired session is not handed on',
    shows: /\/read -> 200 \{\}/,
  },
});
