import { z } from 'zod';
import {
  AUTHORITY,
  IDENTITY,
  LEAST,
  migrations,
  OLD_NAME,
  PLANS,
  ROLES,
  VERSION,
} from './corpus-shape.fixture.ts';

/** The rules that can be taken out, to see that the promises are broken without them. */
export interface VariantRules {
  /** Authority goes where an identity is missing. */
  readonly missingIdentity: boolean;
  /** What a schema answers must be what it was given. */
  readonly schemaOutput: boolean;
  /** Identity and authority that come out of a migration count only if they were stored. */
  readonly migration: boolean;
}

export const ALL_RULES: VariantRules = { missingIdentity: true, schemaOutput: true, migration: true };

/** Schemas as people write them, which `defineSession` would refuse for identity and authority. */
const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  userId: z.uuid(),
  tenant: z.object({ id: z.coerce.number().int() }),
  role: z.enum(ROLES).catch('admin'),
  plan: z.enum(PLANS).default('paid'),
  rights: z.preprocess(
    (value) => (typeof value === 'string' ? value.split(',') : value),
    z.array(z.string()),
  ),
};

type Row = Record<string, unknown>;

function migrated(row: Row, rules: VariantRules): Row {
  const from = Number.isSafeInteger(row._v) && (row._v as number) >= 1 ? (row._v as number) : 1;
  let current: Row = { ...row };
  if (from < 2) current = migrations[2](current);
  if (from < 3) migrations[3](current);
  if (!rules.migration || from >= VERSION) return current;
  const identity = row.userId ?? row[OLD_NAME];
  if (current.userId !== undefined) current.userId = identity;
  for (const name of AUTHORITY) {
    if (JSON.stringify(current[name]) !== JSON.stringify(row[name])) delete current[name];
  }
  return current;
}

/** A healer of some lines, written for the tests: right with all its rules, and wrong in one way without each of them. */
export function variantHealer(rules: VariantRules): (row: unknown) => Row {
  const read = (name: string, value: unknown): unknown => {
    const result = SCHEMAS[name]?.safeParse(value);
    if (!result?.success || value === undefined) return rules.schemaOutput ? undefined : result?.data;
    return !rules.schemaOutput || JSON.stringify(result.data) === JSON.stringify(value)
      ? result.data
      : undefined;
  };
  return (row) => {
    if (typeof row !== 'object' || row === null || Array.isArray(row)) return {};
    const before = migrated({ ...row }, rules);
    const after: Row = {};
    const identity = IDENTITY.map((name) => read(name, before[name]));
    const isIntact = identity.every((value) => value !== undefined);
    const isWrong = IDENTITY.some(
      (name, index) => before[name] !== undefined && identity[index] === undefined,
    );
    if (!isWrong)
      IDENTITY.forEach((name, index) => {
        after[name] = identity[index];
      });
    for (const name of AUTHORITY) {
      const value = read(name, before[name]);
      after[name] = value === undefined || (rules.missingIdentity && !isIntact) ? LEAST[name] : value;
    }
    return after;
  };
}
