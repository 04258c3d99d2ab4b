import { z } from 'zod';

/** Characters that no keyboard types into a field of one line, and of which PostgreSQL refuses one. */
const CONTROL = /\p{Cc}/u;

/** A field of one line: trimmed, not empty, at most so long, without control characters. */
export function line(max: number): z.ZodString {
  return z
    .string()
    .trim()
    .min(1)
    .max(max)
    .refine((text) => !CONTROL.test(text)) as z.ZodString;
}
