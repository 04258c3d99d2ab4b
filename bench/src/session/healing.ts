import { defineSession, fixCorruptedSession, healLoaded, type SessionShape } from '@resilient/session';
import { type BenchResult, type Contender, compare } from '../interleave.ts';
import { SCHEMAS } from './schemas.ts';

/** Sessions in one call: one alone takes less time than the `await` around it. */
const SESSIONS = 50;
const KINDS = { userId: 'identity', tenantId: 'identity', role: 'authority', plan: 'authority' } as const;
const DEFAULTS: Readonly<Record<string, unknown>> = { xp: 0, theme: 'light', cart: () => [], note: '' };

type Session = Record<string, unknown>;
type Schemas = (typeof SCHEMAS)[string];

/** A session as a host has it: its own keys beside ours. */
const healthy = (library: string): Session => ({
  cookie: { originalMaxAge: 3_600_000, path: '/' },
  userId: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
  tenantId: 't1',
  role: 'student',
  plan: 'paid',
  xp: 250,
  theme: 'dark',
  cart:
    library === 'fields'
      ? ['a', 'b']
      : [
          { sku: 'a', n: 1 },
          { sku: 'b', n: 2 },
        ],
  note: 'see you on Monday',
  csrf: 'a0eebc999c0b4ef8bb6d6bb9bd380a11',
});

/** The same with eight wrong keys. */
const corrupt = (library: string): Session => ({
  ...healthy(library),
  userId: 42,
  tenantId: null,
  role: 'root',
  plan: [],
  xp: 'many',
  theme: 7,
  cart: {},
  note: false,
});

function shapeOf(schemas: Schemas): SessionShape {
  const entries = Object.entries(schemas).map(([name, schema]) => {
    const kind = (KINDS as Record<string, 'identity' | 'authority'>)[name] ?? 'preference';
    return [name, { kind, schema, ...(kind === 'preference' && { default: DEFAULTS[name] }) }];
  });
  return defineSession({ keys: Object.fromEntries(entries) }) as unknown as SessionShape;
}

let wrong = 0;

/** What is compared with: each schema asked for its key, and nothing else. */
function schemasAlone(name: string, schemas: Schemas, make: (index: number) => Session): Contender {
  const asked = Object.entries(schemas);
  return {
    name,
    call: async () => {
      for (let index = 0; index < SESSIONS; index += 1) {
        const session = make(index);
        for (const [key, schema] of asked) {
          const answer = schema['~standard'].validate(session[key]);
          if (answer instanceof Promise || answer.issues) wrong += 1;
        }
      }
    },
  };
}

function healing(
  name: string,
  make: (index: number) => Session,
  heal: (session: Session) => void,
): Contender {
  return {
    name,
    call: async () => {
      for (let index = 0; index < SESSIONS; index += 1) heal(make(index));
    },
  };
}

/** What healing costs beside the schemas that it has to ask. */
export async function run(): Promise<BenchResult[]> {
  const results: BenchResult[] = [];
  for (const [library, schemas] of Object.entries(SCHEMAS)) {
    const shape = shapeOf(schemas);
    const kept = Array.from({ length: SESSIONS }, () => healthy(library));
    const good = (index: number): Session => kept[index] as Session;
    const bad = (): Session => corrupt(library);
    const alone = `its ${library} schemas alone`;
    const size = { calls: 100, rounds: 40 };
    const healthyRows = await compare({
      name: `${SESSIONS} healthy sessions of 8 keys, ${library}`,
      ours: [
        healing('fixCorruptedSession', good, (session) => fixCorruptedSession(session, shape)),
        healing('healLoaded', good, (session) => healLoaded(session, shape, { id: 'sid' })),
      ],
      peers: [schemasAlone(alone, schemas, good)],
      goal: () => (library === 'fields' ? undefined : 1.3), // ours take so little that there is nothing to compare with
      ...size,
    });
    const corruptRows = await compare({
      name: `${SESSIONS} sessions with 8 wrong keys, ${library}`,
      ours: [healing('fixCorruptedSession', bad, (session) => fixCorruptedSession(session, shape))],
      peers: [schemasAlone(alone, schemas, bad)],
      goal: () => (library === 'fields' ? undefined : 2), // eight refusals of ours take less than the eight repairs
      ...size,
    });
    results.push(...healthyRows, ...corruptRows);
  }
  if (wrong === 0) throw new Error('no schema found anything wrong');
  return results;
}
