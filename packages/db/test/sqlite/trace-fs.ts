import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** The paths that were opened through Node while the block lasts; `stat` and `statfs` open nothing. */
export interface FsTrace extends Disposable {
  readonly opened: readonly string[];
}

type Functions = Record<string, (...args: unknown[]) => unknown>;

const HARMLESS =
  /^(?:l?stat|statfs|exists|access|realpath|mkdir|mkdtemp|readdir|watch|unwatchFile|close|fstat|_)/;

/** Listens in on every function of `node:fs` and `node:fs/promises` that takes a path, and may open it. */
export function traceFs(): FsTrace {
  const opened: string[] = [];
  const undo: (() => void)[] = [];
  for (const module of [fs, fs.promises] as unknown as Functions[]) {
    for (const [name, original] of Object.entries(module)) {
      if (typeof original !== 'function' || /^[A-Z]/.test(name) || HARMLESS.test(name)) continue;
      module[name] = Object.assign(function (this: unknown, ...args: unknown[]) {
        opened.push(
          ...args
            .slice(0, 2)
            .filter((arg) => typeof arg === 'string' || arg instanceof URL)
            .map(String),
        );
        return original.apply(this, args);
      }, original);
      undo.push(() => {
        module[name] = original;
      });
    }
  }
  syncBuiltinESMExports();
  return {
    opened,
    [Symbol.dispose]() {
      for (const step of undo) step();
      syncBuiltinESMExports();
    },
  };
}
