import { checkKnown, refuse } from '../options/check.ts';
import { fallbackRule, type Variable, variable } from './variable.ts';

/** Options of {@link url}. */
export interface UrlOptions {
  /** Schemes allowed, without a colon, such as `['postgres', 'postgresql']`. @defaultValue any that has a host, and `file` */
  readonly protocols?: readonly string[];
  /** The value where the variable is missing or empty. */
  readonly fallback?: string;
}

/** `localhost:5432/app` is a URL to the parser, of the scheme `localhost`: without a list, ask for a host or a file. */
const HAS_PLACE = /^(?:[a-z][a-z0-9+.-]*:\/\/|file:)/i;

function isUrl(raw: string, protocols: readonly string[] | undefined): boolean {
  if (!URL.canParse(raw)) return false;
  return protocols ? protocols.includes(new URL(raw).protocol.slice(0, -1)) : HAS_PLACE.test(raw);
}

/**
 * A variable that holds a URL; the value is the text as it was given, for drivers that read more out of it than
 * the standard does.
 *
 * @throws TypeError if an option is wrong
 * @example
 * ```ts
 * import { readEnvironment, url } from '@resilient/core';
 *
 * const { DATABASE_URL } = readEnvironment({ DATABASE_URL: url({ protocols: ['postgres'] }).optional() });
 * const isSet: boolean = DATABASE_URL !== undefined;
 * ```
 */
export function url(options: UrlOptions = {}): Variable<string> {
  checkKnown('url', options, ['protocols', 'fallback']);
  const { fallback } = options;
  const protocols = options.protocols === undefined ? undefined : schemes(options.protocols);
  if (fallback !== undefined && !isUrl(fallback, protocols))
    throw new TypeError('expected `fallback` to be a URL that fits');
  return variable({
    expected: protocols
      ? `a URL with ${protocols.map((name) => `${name}:`).join(' or ')}`
      : 'a URL such as https://host/path',
    sample: `'${protocols?.[0] ?? 'https'}://host/path'`,
    parse: (raw) => (isUrl(raw.trim(), protocols) ? { value: raw.trim() } : 'malformed'),
    ...fallbackRule(fallback),
  });
}

function schemes(protocols: readonly string[]): readonly string[] {
  const fit = Array.isArray(protocols) && protocols.length > 0;
  if (!fit || !protocols.every((name) => /^[a-z][a-z0-9+.-]*$/.test(name))) {
    throw refuse('protocols', 'a list of schemes in lower case, without a colon', protocols);
  }
  return [...protocols];
}
