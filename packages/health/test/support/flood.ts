import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** What a flood of errors took. */
export interface Flood {
  readonly counted: number;
  readonly totalErrors: number;
  readonly sumOfTypes: number;
  readonly types: number;
  readonly bounds: { readonly selfErrors: number; readonly fingerprints: number };
  /** What the heap, with what is external to it, loses when the monitor is gone, after garbage collection. */
  readonly heapMb: number;
  /** Growth of the process. */
  readonly rssMb: number;
  readonly microsecondsEach: number;
  /** How often the alert of the one real error fired. */
  readonly realFired: number;
  readonly floodFired: number;
}

/** Otherwise V8 collects so late that the process shows garbage, not what is kept. */
const SMALL_HEAP = ['--max-old-space-size=48', '--max-semi-space-size=1'];

/** Records `count` errors of `kinds` kinds in a process of its own; `record: false` only makes them. */
export async function flood(count: number, kinds: number, record = true): Promise<Flood> {
  const file = fileURLToPath(new URL('../fixtures/flood.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--expose-gc', ...SMALL_HEAP, '--conditions=@resilient/source', file],
    { env: { ...process.env, COUNT: String(count), KINDS: String(kinds), RECORD: record ? 'yes' : 'no' } },
  );
  return JSON.parse(stdout) as Flood;
}

/** What 61 histograms of 25 kB take, which neither the heap nor `external` counts. */
export const HISTOGRAMS_MB = (61 * 25_000) / 2 ** 20;
