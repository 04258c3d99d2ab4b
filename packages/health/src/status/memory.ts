import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { percent, type Reading } from './reading.ts';

/** Where the figures of memory come from, all in bytes. */
export interface MemorySources {
  usage(): { readonly rss: number; readonly heapUsed: number };
  /** V8's limit of the heap. */
  heapLimit(): number;
  /** What the container may use; without a limit Node answers 0, nothing, or 2^64. */
  constrained(): number | undefined;
  /** Memory of the machine. */
  total(): number;
}

/** What memory says. */
export interface MemoryFigures extends Reading {
  readonly rssBytes: number;
  readonly heapUsedBytes: number;
  readonly heapLimitBytes: number;
  /** What the process may use: the container's limit, else the machine's memory. */
  readonly limitBytes: number;
}

const processMemory: MemorySources = {
  usage: () => process.memoryUsage(),
  heapLimit: () => getHeapStatistics().heap_size_limit,
  constrained: () => process.constrainedMemory(),
  total: totalmem,
};

const share = (part: number, whole: number): number => (whole > 0 ? part / whole : 0);

/** Reads memory: the worse of resident memory by what the process may use, and heap by V8's limit. */
export function readMemory(sources: MemorySources = processMemory): MemoryFigures {
  const { rss, heapUsed } = sources.usage();
  const heapLimit = sources.heapLimit();
  const total = sources.total();
  const constrained = sources.constrained() ?? 0;
  // 18446744073709552000 is "no limit": a share of it would be 0 for ever.
  const limit = constrained > 0 && constrained < total ? constrained : total;
  const ofLimit = share(rss, limit);
  const ofHeap = share(heapUsed, heapLimit);
  const said =
    ofHeap > ofLimit
      ? `the heap is at ${percent(ofHeap)} of what V8 allows`
      : `memory is at ${percent(ofLimit)} of ${limit === total ? "the machine's" : "the container's"}`;
  return {
    value: Math.max(ofLimit, ofHeap),
    said,
    rssBytes: rss,
    heapUsedBytes: heapUsed,
    heapLimitBytes: heapLimit,
    limitBytes: limit,
  };
}
