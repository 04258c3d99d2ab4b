import { readFileSync } from 'node:fs';
import { expect } from 'vitest';

// The same cases in every run; set FAST_CHECK_SEED to look for others. Files without properties are spared the import.
const { testPath } = expect.getState();
if (testPath !== undefined && readFileSync(testPath, 'utf8').includes("'fast-check'")) {
  const { configureGlobal } = await import('fast-check');
  configureGlobal({ seed: Number(process.env.FAST_CHECK_SEED ?? 20_261_121) });
}
