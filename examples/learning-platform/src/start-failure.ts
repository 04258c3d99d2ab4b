import { isResilientError } from '@resilient/core';

/** What a worker tells the first process when it cannot start. */
export const CANNOT_START = 'learning-platform: cannot start';

/** Mistakes in the code, of which the stack is wanted. */
const BUGS: readonly string[] = ['ReferenceError', 'SyntaxError', 'AssertionError'];

/** What went wrong at the start, for whoever operates the site: a sentence, without the stack of a mistake in a setting. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return `The site cannot start: ${String(error)}`;
  if (isResilientError(error, 'ENVIRONMENT')) return error.message;
  const { code, port } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE')
    return `Port ${port ?? ''} is in use by another program: set PORT to another one.`;
  if (code === 'EACCES' && port !== undefined)
    return `Port ${port} may not be used: set PORT to 1024 or above.`;
  if (BUGS.includes(error.name)) return error.stack ?? error.message;
  return `The site cannot start: ${error.message}`;
}

/** Says why the site cannot start and ends the process with 1; in a worker, the first process is told. */
export function endWith(error: unknown): void {
  process.exitCode = 1;
  process.stderr.write(`${describe(error)}\n`);
  if (process.send === undefined) process.exit(1);
  process.send(CANNOT_START, () => process.exit(1));
}
