import { describe, expect, test } from 'vitest';
import { type MemorySources, readMemory } from './memory.ts';

const GB = 2 ** 30;

const sources = (change: Partial<MemorySources> = {}): MemorySources => ({
  usage: () => ({ rss: 1 * GB, heapUsed: 0.1 * GB }),
  heapLimit: () => 4 * GB,
  constrained: () => undefined,
  total: () => 8 * GB,
  ...change,
});

describe('readMemory', () => {
  test.each([
    ['nothing', undefined],
    ['0', 0],
    ['2^64, as Node does without a limit', 18446744073709552000],
    ['more than the machine has', 9 * GB],
  ])('takes the memory of the machine where the limit is %s', (_name, constrained) => {
    const memory = readMemory(sources({ constrained: () => constrained }));
    expect(memory).toMatchObject({ value: 1 / 8, limitBytes: 8 * GB });
    expect(memory.said).toBe("memory is at 12.5 % of the machine's");
  });

  test("takes the container's limit where there is one", () => {
    expect(readMemory(sources({ constrained: () => 2 * GB }))).toMatchObject({
      value: 0.5,
      limitBytes: 2 * GB,
      said: "memory is at 50 % of the container's",
    });
  });

  test('says the heap where that is worse', () => {
    expect(readMemory(sources({ heapLimit: () => 0.125 * GB }))).toMatchObject({
      value: 0.8,
      said: 'the heap is at 80 % of what V8 allows',
    });
  });

  test('is no NaN where nothing is known', () => {
    expect(readMemory(sources({ heapLimit: () => 0, total: () => 0 })).value).toBe(0);
  });

  test('of this process is more than nothing and less than all', () => {
    const { value, rssBytes, limitBytes } = readMemory();
    expect(value).toBeGreaterThan(0);
    expect(value).toBeLessThan(1);
    expect(rssBytes).toBeLessThan(limitBytes);
  });
});
