import { compareWithHost } from './compare.ts';
import { type FastifyOptions, fastifySite } from './fastify-site.ts';
import { MemoryStore } from './memory-store.ts';

let ids = 0;

/** The options that `@fastify/session` documents, each in the ways that change what happens. */
const OPTIONS: Readonly<Record<string, FastifyOptions>> = {
  'saveUninitialized off': {},
  'saveUninitialized on': { saveUninitialized: true },
  'rolling off': { rolling: false },
  'rolling off, a lifetime': { rolling: false, cookie: { maxAge: 3_600_000 } },
  'a lifetime': { cookie: { maxAge: 3_600_000 } },
  'expires at a date': { cookie: { expires: new Date(Date.now() + 3_600_000) } as never },
  'attributes of the cookie': { cookie: { httpOnly: false, sameSite: 'strict', domain: 'example.org' } },
  'secure: auto': { cookie: { secure: 'auto', maxAge: 60_000 } },
  'secure on a plain connection': { cookie: { secure: true } },
  'a path that is elsewhere': { cookie: { path: '/elsewhere' } },
  'a name and a prefix': { cookieName: 'sid', cookiePrefix: 's:' },
  'ids of our own': { idGenerator: () => `our-own-id-${++ids}-${'x'.repeat(20)}` },
  'secrets in rotation': {
    secret: ['new secret of thirty-two characters', 'thirty-two characters are needed.'],
  },
  'a store without touch': { memory: () => new MemoryStore(), cookie: { maxAge: 3_600_000 } },
};

/** Where the host alone does not look at the row again, or does not save. */
const UNSAVED = [
  'rolling off',
  'rolling off, a lifetime',
  'secure on a plain connection',
  'a path that is elsewhere',
];

compareWithHost(
  '@fastify/session',
  OPTIONS,
  fastifySite,
  // The host alone stores an empty row for the visitor whose session has expired.
  Object.fromEntries(
    Object.keys(OPTIONS)
      .filter((name) => !UNSAVED.includes(name))
      .map((name) => [
        `${name} | a lifetime that ends`,
        {
          why: 'the expired row is gone at once, and no empty one stands in its place',
          shows: /\/read -> 200 \{\}(?!.*\nrow .*"a")/s,
        },
      ]),
  ),
);
