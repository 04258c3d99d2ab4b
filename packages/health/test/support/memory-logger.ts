import type { Logger } from '@resilient/core';

/** A line that was logged. */
export interface MemoryLine {
  readonly level: string;
  readonly facts: Record<string, unknown>;
  readonly message: string;
}

/** A logger that keeps its lines. */
export interface MemoryLogger extends Logger {
  readonly lines: MemoryLine[];
  of(level: string): MemoryLine[];
}

/** Makes a logger that keeps its lines, those of its children included. */
export function memoryLogger(lines: MemoryLine[] = []): MemoryLogger {
  const at = (level: string): Logger['info'] =>
    ((facts: Record<string, unknown>, message: string) => {
      lines.push({ level, facts, message });
    }) as Logger['info'];
  return {
    lines,
    of: (level) => lines.filter((line) => line.level === level),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
    child: () => memoryLogger(lines),
  };
}
