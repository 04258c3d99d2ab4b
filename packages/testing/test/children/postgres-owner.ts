import { startPostgres } from '@resilient/testing';

const postgres = await startPostgres();
process.send?.({ pid: postgres.pid, dataDir: postgres.dataDir, url: postgres.url });
if (process.argv[2] === 'stay') setInterval(() => {}, 1000);
