import { loggerOf } from '../log/logger.ts';
import type { Logger } from '../log/types.ts';
import { checkKnown, checkType, refuse } from '../options/check.ts';
import { EnvironmentError, type EnvironmentProblem } from './environment-error.ts';
import type { Reading, Variable, VariableContext } from './variable.ts';

/** Options of {@link readEnvironment}. */
export interface ReadEnvironmentOptions {
  /** The variables. @defaultValue `process.env` */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The folder that may hold `.resilient`. @defaultValue `process.cwd()` */
  readonly cwd?: string;
  /** @defaultValue the shared pino logger, at level `warn` */
  readonly logger?: Logger;
}

/** The values that a description of variables reads. */
export type EnvironmentOf<S extends Readonly<Record<string, Variable<unknown>>>> = {
  readonly [K in keyof S]: S[K] extends Variable<infer T> ? T : never;
};

/** Names that every shell takes; they become names of files too. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Reads and checks the variables that a program needs, all at once. An empty variable counts as missing.
 *
 * @throws EnvironmentError (`ENVIRONMENT`) that lists every variable which is missing, weak or malformed, what was
 *   expected and the command that mends it; never a value
 * @throws TypeError if the description or an option is wrong
 * @example
 * ```ts
 * import { port, readEnvironment, secret, url } from '@resilient/core';
 *
 * const { SECRET_KEY, DATABASE_URL, PORT } = readEnvironment({
 *   SECRET_KEY: secret({ minBytes: 32, generate: 'development' }),
 *   DATABASE_URL: url().optional(),
 *   PORT: port(3000),
 * });
 * ```
 */
export function readEnvironment<const S extends Readonly<Record<string, Variable<unknown>>>>(
  variables: S,
  options: ReadEnvironmentOptions = {},
): EnvironmentOf<S> {
  checkType('variables', variables, 'object');
  checkKnown('readEnvironment', options, ['env', 'cwd', 'logger']);
  const env = checkType('env', options.env ?? process.env, 'object') as Readonly<Record<string, unknown>>;
  const cwd = checkType('cwd', options.cwd ?? process.cwd(), 'string');
  const logger = loggerOf(options.logger);
  for (const [name, variable] of Object.entries(variables)) checkVariable(name, variable);
  const production = given(env, 'NODE_ENV') === 'production';
  const values: [string, unknown][] = [];
  const problems: EnvironmentProblem[] = [];
  for (const [name, variable] of Object.entries(variables)) {
    const context: VariableContext = { name, production, cwd, logger };
    const reading = readingOf(variable, given(env, name), context);
    if ('problem' in reading) problems.push({ name, ...reading });
    else values.push([name, reading.value]);
  }
  if (problems.length > 0) throw new EnvironmentError(problems);
  return Object.freeze(Object.fromEntries(values)) as EnvironmentOf<S>;
}

/** What a variable of your own throws may hold the value: it is told as malformed, and no word of it is shown. */
function readingOf(
  variable: Variable<unknown>,
  raw: string | undefined,
  context: VariableContext,
): Reading<unknown> {
  try {
    return variable.read(raw, context);
  } catch {
    const mend = `export ${context.name}=...`;
    return {
      problem: raw === undefined ? 'missing' : 'malformed',
      expected: 'a value that can be read',
      mend,
    };
  }
}

function given(env: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

function checkVariable(name: string, variable: unknown): void {
  if (!NAME.test(name)) throw refuse('variables', 'named with letters, digits and underscores', name);
  if (typeof (variable as Variable<unknown> | null)?.read !== 'function') {
    throw refuse(name, 'a variable, as secret(), url() or port() make', variable);
  }
}
