import { field, type SessionKey } from '@resilient/session';
import { type } from 'arktype';
import * as v from 'valibot';
import { z } from 'zod';

type Schema = SessionKey['schema'];

/** The eight keys of a session in each library. */
export const SCHEMAS: Readonly<Record<string, Readonly<Record<string, Schema>>>> = {
  zod: {
    userId: z.uuid(),
    tenantId: z.string().min(1),
    role: z.enum(['student', 'teacher', 'admin']),
    plan: z.enum(['free', 'paid']),
    xp: z.number().int().min(0),
    theme: z.enum(['light', 'dark']),
    cart: z.array(z.object({ sku: z.string(), n: z.number().int() })),
    note: z.string().max(200),
  },
  valibot: {
    userId: v.pipe(v.string(), v.uuid()),
    tenantId: v.pipe(v.string(), v.minLength(1)),
    role: v.picklist(['student', 'teacher', 'admin']),
    plan: v.picklist(['free', 'paid']),
    xp: v.pipe(v.number(), v.integer(), v.minValue(0)),
    theme: v.picklist(['light', 'dark']),
    cart: v.array(v.object({ sku: v.string(), n: v.pipe(v.number(), v.integer()) })),
    note: v.pipe(v.string(), v.maxLength(200)),
  },
  arktype: {
    userId: type('string.uuid'),
    tenantId: type('string>=1'),
    role: type("'student'|'teacher'|'admin'"),
    plan: type("'free'|'paid'"),
    xp: type('number.integer>=0'),
    theme: type("'light'|'dark'"),
    cart: type({ sku: 'string', n: 'number.integer' }).array(),
    note: type('string<=200'),
  },
  fields: {
    userId: field.string({ pattern: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/ }),
    tenantId: field.string({ min: 1 }),
    role: field.oneOf(['student', 'teacher', 'admin']),
    plan: field.oneOf(['free', 'paid']),
    xp: field.int({ min: 0 }),
    theme: field.oneOf(['light', 'dark']),
    cart: field.array(field.string()),
    note: field.string({ max: 200 }),
  },
};
