import './production-warning.ts';

export { createRandom } from './clock/random.ts';
export {
  createVirtualClock,
  type SettleOptions,
  type VirtualClock,
  type VirtualClockOptions,
} from './clock/virtual-clock.ts';
export type { BackendFilter } from './postgres/admin.ts';
export type { PostgresSettings } from './postgres/settings.ts';
export { type StartPostgresOptions, startPostgres, type TestPostgres } from './postgres/start-postgres.ts';
