import { checkKnown, checkNumber, checkOneOf } from '../options/check.ts';
import { peek } from '../verdict/causes.ts';
import { keptKey } from './kept-key.ts';
import { type Reading, type Variable, type VariableContext, variable } from './variable.ts';
import { isWeakSecret } from './weak-secret.ts';

/** Options of {@link secret}. */
export interface SecretOptions {
  /** Shortest secret allowed, in bytes of UTF-8: 1 to 1,024. @defaultValue `32` */
  readonly minBytes?: number;
  /**
   * `'development'`: where the variable is missing and `NODE_ENV` is not `production`, a key is made and kept in
   * `.resilient/NAME` under the working directory. @defaultValue never
   */
  readonly generate?: 'development';
}

/**
 * A variable that holds a secret. Refused as weak: shorter than `minBytes`, made of the words of the usual defaults
 * (`changeme`, `secret`, `dev`), or of fewer than 10 different characters.
 *
 * @throws TypeError | RangeError if an option is wrong
 * @example
 * ```ts
 * import { readEnvironment, secret } from '@resilient/core';
 *
 * const { SECRET_KEY } = readEnvironment({ SECRET_KEY: secret({ minBytes: 32, generate: 'development' }) });
 * ```
 */
export function secret(options: SecretOptions = {}): Variable<string> {
  checkKnown('secret', options, ['minBytes', 'generate']);
  const minBytes = checkNumber('minBytes', options.minBytes ?? 32, { min: 1, max: 1_024, integer: true });
  const generate = options.generate !== undefined;
  if (generate) checkOneOf('generate', options.generate, ['development']);
  // never so few that a made key is refused as weak itself
  const bytes = Math.max(minBytes, 32);
  const rules = {
    expected: `a secret of at least ${minBytes} bytes and 10 different characters, and none of the usual defaults`,
    sample: `"$(node -p "require('node:crypto').randomBytes(${bytes}).toString('base64url')")"`,
    parse: (raw: string): { value: string } | 'weak' =>
      isWeakSecret(raw, minBytes) ? 'weak' : { value: raw },
  };
  if (!generate) return variable(rules);
  return variable({
    ...rules,
    absent: (context) => (context.production ? undefined : keep(context, rules.expected, bytes, minBytes)),
  });
}

function keep(context: VariableContext, expected: string, bytes: number, minBytes: number): Reading<string> {
  const { name, cwd, logger } = context;
  try {
    const { key, made, file } = keptKey(cwd, name, bytes);
    if (isWeakSecret(key, minBytes))
      return { problem: 'weak', expected: `in ${file} ${expected}`, mend: `rm ${file}` };
    const facts = { variable: name, file };
    if (made) logger.warn(facts, `${name} is not set: made a key for development and keep it in ${file}`);
    else logger.info(facts, `${name} is not set: using the key for development in ${file}`);
    return { value: key };
  } catch (error) {
    const code = peek(error, 'code');
    const why = typeof code === 'string' ? code : 'failed';
    const mend = `export ${name}="$(node -p "require('node:crypto').randomBytes(${bytes}).toString('base64url')")"`;
    return {
      problem: 'missing',
      expected: `${expected} (a key for development cannot be kept: ${why})`,
      mend,
    };
  }
}
