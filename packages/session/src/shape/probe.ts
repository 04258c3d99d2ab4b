import type { CompiledKey } from './compiled-shape.ts';
import { sameValue } from './same-value.ts';
import { ask } from './validate.ts';

/** What damage leaves behind most often: a schema that turns one of these into something else invents. */
const probes = (): unknown[] => [undefined, null, '', 0, 'false', {}, []];

function show(value: unknown): string {
  return value === undefined ? 'undefined' : JSON.stringify(value);
}

/**
 * Asks a schema a few questions once, when it is defined.
 *
 * @throws TypeError for a schema that is asynchronous, and for one of identity or authority that changes what it is given
 */
export function probe(at: string, { kind, schema }: Pick<CompiledKey, 'kind' | 'schema'>): void {
  for (const value of probes()) {
    const before = show(value);
    const answer = ask(schema, value);
    if (answer.is === 'asynchronous') {
      throw new TypeError(
        `expected \`${at}.schema\` to be synchronous, got one that answers ${before} with a promise`,
      );
    }
    if (kind === 'preference' || answer.is !== 'valid') continue;
    if (show(value) !== before || !sameValue(value, answer.value)) {
      throw new TypeError(
        `expected \`${at}.schema\` to accept or refuse a value as it is, got one that turns ${before} into ` +
          `something else: no \`catch\`, \`default\`, \`coerce\`, \`preprocess\` or \`transform\` for ${kind}`,
      );
    }
  }
}
