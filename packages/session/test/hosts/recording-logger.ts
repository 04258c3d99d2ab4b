import type { Logger } from '@resilient/core';

/** A logger that keeps what it is told, as text. */
export function recordingLogger(): { readonly logger: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  const line = (...parts: unknown[]): void => void lines.push(JSON.stringify(parts));
  const logger: Logger = {
    debug: line,
    info: line,
    warn: line,
    error: line,
    fatal: line,
    child: () => logger,
  } as never;
  return { logger, lines };
}
