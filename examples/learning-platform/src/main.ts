import { supervise } from '@resilient/health';

if (supervise({ workers: 1 })) {
  const { start } = await import('./start.ts');
  await start();
}
