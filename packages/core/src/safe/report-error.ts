import { maskMessage } from '../errors/mask.ts';
import { publish } from '../events/publish.ts';
import type { Logger } from '../log/types.ts';
import { peek } from '../verdict/causes.ts';

/** At most so many frames of a stack are logged. */
const FRAMES = 10;

/** Where it was thrown, without the message that a stack begins with. */
function framesOf(error: unknown): string[] | undefined {
  const stack = peek(error, 'stack');
  if (typeof stack !== 'string') return undefined;
  const lines = stack.slice(0, 20_000).split('\n');
  return lines
    .filter((line) => /^\s{0,16}at /.test(line))
    .slice(0, FRAMES)
    .map((line) => line.trim());
}

/** What of an error may be logged: never its own properties, which may hold headers, rows or keys. */
function factsOf(name: string, error: unknown): object {
  const [errorName, code] = [peek(error, 'name'), peek(error, 'code')];
  return {
    name,
    ...(typeof errorName === 'string' ? { errorName: maskMessage(errorName) } : {}),
    ...(typeof code === 'string' || typeof code === 'number' ? { code: maskMessage(code) } : {}),
    errorMessage: maskMessage(error),
    frames: framesOf(error),
  };
}

/** Publishes an error that goes no further, and writes it to the log if there is one. `logger` must not throw. */
export function reportError(
  name: string,
  error: unknown,
  logger: Logger | undefined,
  sentence: string,
): void {
  publish({ kind: 'error', name, package: 'core', error });
  logger?.error(factsOf(name, error), sentence);
}
