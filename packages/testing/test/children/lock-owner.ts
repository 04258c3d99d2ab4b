import { holdSqliteLock } from '@resilient/testing';

const lock = await holdSqliteLock(process.argv[2] ?? '');
process.send?.(lock.pid);
