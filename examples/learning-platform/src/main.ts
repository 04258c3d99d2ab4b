import cluster from 'node:cluster';
import { supervise } from '@resilient/health';
import { readConfig } from './config.ts';
import { CANNOT_START, endWith } from './start-failure.ts';

// Read in the first process as well: what is missing is said once, before any worker is started.
let workers = 1;
try {
  ({ workers } = readConfig());
} catch (error) {
  endWith(error);
}

if (supervise({ workers })) {
  const { start } = await import('./start.ts');
  await start().catch(endWith);
} else {
  // The first start failed: a second one would fail as well. Later on, a worker is started again and again.
  let hasServed = false;
  cluster.once('listening', () => {
    hasServed = true;
  });
  cluster.on('message', (_worker, message) => {
    if (message === CANNOT_START && !hasServed) process.exit(1);
  });
}
