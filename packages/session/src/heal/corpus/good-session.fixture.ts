import { PLANS, ROLES } from './corpus-shape.fixture.ts';

export type Random = () => number;
export type Row = Record<string, unknown>;

export const pick = <T>(random: Random, from: readonly T[]): T =>
  from[Math.floor(random() * from.length)] as T;

export function uuid(random: Random): string {
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16));
  hex[12] = '4';
  hex[16] = pick(random, ['8', '9', 'a', 'b']);
  const text = hex.join('');
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join(
    '-',
  );
}

/** A healthy session as a store keeps it, of this version or of one of the two before. */
export function goodSession(random: Random): Row {
  const version = 1 + Math.floor(random() * 3);
  const row: Row = {
    cookie: { originalMaxAge: 3_600_000, path: '/', httpOnly: true },
    ...(version === 1 ? { uid: uuid(random) } : { userId: uuid(random), _v: version }),
    tenant: { id: Math.floor(random() * 1_000) },
    role: pick(random, ROLES),
    plan: pick(random, PLANS),
    rights: random() < 0.5 ? [] : ['read', 'write'],
    [version === 1 ? 'points' : 'xp']: Math.floor(random() * 500),
    theme: pick(random, ['light', 'dark']),
    cart: Array.from({ length: Math.floor(random() * 3) }, (_, n) => ({ sku: `s${n}`, n })),
    csrf: uuid(random),
    passport: { user: { name: 'é' } },
    lastUser: uuid(random),
    rank: 'admin',
  };
  if (random() < 0.5) row.note = 'a "quoted" note';
  return row;
}
