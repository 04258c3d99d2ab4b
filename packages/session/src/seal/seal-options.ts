import { createSecretKey, type KeyObject } from 'node:crypto';
import { checkKnown, checkOneOf } from '@resilient/core';

/** Fewer bytes than the digest has make the secret the weakest part: RFC 2104, section 3. */
const MIN_SECRET_BYTES = 32;

/** How sessions are sealed, so that damage to identity and authority is seen even where it makes another valid value. */
export interface SealOptions {
  /**
   * Secrets of 32 bytes or more: the newest first, which seals; those after it still open. Before a new one is put
   * first, deploy it last: a release that does not know it yet takes its seals for damage.
   */
  readonly secrets: readonly string[];
  /**
   * `'unsealed'` takes sessions without a seal as they are, for the first roll-out; a wrong seal is never accepted.
   * @defaultValue none: without a seal, identity and authority are removed
   */
  readonly accept?: 'unsealed';
}

/** {@link SealOptions}, checked and ready. */
export interface CompiledSeal {
  readonly keys: readonly [KeyObject, ...KeyObject[]];
  readonly acceptUnsealed: boolean;
}

function keyOf(secret: unknown, index: number): KeyObject {
  const at = `seal.secrets[${index}]`;
  const what = `a string of at least ${MIN_SECRET_BYTES} bytes`;
  if (typeof secret !== 'string')
    throw new TypeError(`expected \`${at}\` to be ${what}, got a value of type ${typeof secret}`);
  const bytes = Buffer.from(secret);
  // Never the secret itself, however short it is.
  if (bytes.length < MIN_SECRET_BYTES)
    throw new RangeError(`expected \`${at}\` to be ${what}, got ${bytes.length} bytes`);
  return createSecretKey(bytes);
}

/**
 * Checks the options of a seal.
 *
 * @throws TypeError or RangeError naming the option, what was expected and what came, never a secret
 */
export function compileSeal(options: SealOptions): CompiledSeal {
  checkKnown('`seal`', options, ['secrets', 'accept']);
  const { secrets, accept } = options;
  if (!Array.isArray(secrets) || secrets.length === 0) {
    const got = Array.isArray(secrets) ? 'an empty one' : `a value of type ${typeof secrets}`; // it may be a secret
    throw new TypeError(`expected \`seal.secrets\` to be a list of at least one secret, got ${got}`);
  }
  if (accept !== undefined) checkOneOf('seal.accept', accept, ['unsealed']);
  return {
    keys: secrets.map(keyOf) as unknown as CompiledSeal['keys'],
    acceptUnsealed: accept === 'unsealed',
  };
}
