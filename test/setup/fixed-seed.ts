import { expect } from 'vitest';

// The same cases in every run; set FAST_CHECK_SEED to look for others. Other tests are spared the import.
if (expect.getState().testPath?.endsWith('.test-prop.ts')) {
  const { configureGlobal } = await import('fast-check');
  configureGlobal({ seed: Number(process.env.FAST_CHECK_SEED ?? 20_261_121) });
}
