import { inspect } from 'node:util';
import { peek } from '../verdict/causes.ts';

const BRAND = Symbol.for('@resilient/error');

/** What {@link ResilientError} takes beside its message. */
export interface ResilientErrorOptions {
  /** The error that this one explains; kept out of logs that copy properties. */
  readonly cause?: unknown;
}

/** Name, code, message and stack of a cause, and nothing of its own properties: they may hold headers or rows. */
function causeInBrief(cause: unknown): unknown {
  const facts = ['name', 'code', 'message', 'stack'].map((name) => [name, peek(cause, name)] as const);
  const shown = facts.filter(([, value]) => typeof value === 'string');
  return shown.length > 0 ? Object.fromEntries(shown) : `${typeof cause} (not shown)`;
}

/**
 * The base of every error that @resilient makes: it has a stable `code`, and nothing in its JSON or its inspection
 * that must not be logged. `cause` is there for the program, but is not enumerable.
 *
 * @example
 * ```ts
 * import { isResilientError } from '@resilient/core';
 *
 * const explain = (error: unknown): string =>
 *   isResilientError(error, 'TIMEOUT') ? 'It took too long.' : 'It failed.';
 * ```
 */
export abstract class ResilientError extends Error {
  /** What happened, as a stable upper-case word. */
  abstract readonly code: string;

  constructor(message: string, options: ResilientErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = new.target.name;
    Object.defineProperty(this, 'name', { enumerable: false });
    Object.defineProperty(this, BRAND, { value: true, enumerable: false });
  }

  /** The facts of this error that are safe to log: no cause, no stack, no secrets. */
  toJSON(): Record<string, unknown> {
    return { name: this.name, code: this.code, message: this.message };
  }
}

/** What the console and `util.inspect` show: the stack, the safe facts, and the cause in brief. */
Object.defineProperty(ResilientError.prototype, inspect.custom, {
  value(this: ResilientError): string {
    const { name, message, ...facts } = this.toJSON();
    const parts = [this.stack ?? `${String(name)}: ${String(message)}`, inspect(facts, { depth: 4 })];
    if (this.cause !== undefined) parts.push(`cause: ${inspect(causeInBrief(this.cause), { depth: 1 })}`);
    return parts.join('\n');
  },
});

/**
 * Tells whether an error is one of @resilient's, also one of another installed copy, and of that code if one is named.
 *
 * @example
 * ```ts
 * import { isResilientError } from '@resilient/core';
 *
 * const over = (error: unknown): boolean => isResilientError(error, 'DEADLINE');
 * ```
 */
export function isResilientError(error: unknown, code?: string): error is ResilientError {
  try {
    if (typeof error !== 'object' || error === null || !(BRAND in error)) return false;
    return code === undefined || peek(error, 'code') === code;
  } catch {
    return false; // a proxy whose traps throw is not ours
  }
}
