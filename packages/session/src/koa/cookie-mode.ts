import type { CompiledShape } from '../shape/compiled-shape.ts';
import { PROTOTYPE_NAMES } from '../shape/reserved-names.ts';
import type { KoaContext } from './exchange.ts';
import { checkNotes, complete, HOST_METHODS } from './host-row.ts';

const FORBIDDEN: ReadonlySet<string> = new Set([...PROTOTYPE_NAMES, ...HOST_METHODS]);

/** What koa-session can make a session of: it throws at some names, and takes an age of anything for one. */
function readable(data: unknown): unknown {
  if (typeof data !== 'object' || data === null) return data;
  const entries = Object.entries(data).filter(([name]) => !FORBIDDEN.has(name));
  const row: Record<string, unknown> = Object.fromEntries(entries);
  checkNotes(row);
  return row;
}

/**
 * Stands where koa-session reads and writes the cookie of one request that holds all of the session: there is no store
 * that could be wrapped. What the host would throw at is left out, and the version, which it leaves out, is kept.
 * To be called before the session is read for the first time.
 */
export function watchCookie(ctx: KoaContext, rules: CompiledShape): void {
  const options = ctx.sessionOptions; // made anew for each request
  if (options?.decode === undefined || options.encode === undefined) return;
  if (options.store !== undefined || options.ContextStore !== undefined) return;
  const { decode, encode } = options;
  options.decode = (text) => readable(decode(text));
  options.encode = (data) => encode(complete(data, ctx, rules, ''));
}
