import type { Logger, LogLine } from '@resilient/core';

/** A logger that keeps what it is told, as text. */
export function recordingLogger(): { readonly logger: Logger; text(): string } {
  const written: string[] = [];
  const line: LogLine = (...parts: unknown[]) => void written.push(JSON.stringify(parts));
  const logger: Logger = {
    debug: line,
    info: line,
    warn: line,
    error: line,
    fatal: line,
    child: () => logger,
  };
  return { logger, text: () => written.join('\n') };
}
