/**
 * What the instances of a service share, in a table of PostgreSQL, through Kysely.
 *
 * @module
 */
export { createFleetStore } from './create-fleet-store.ts';
export type { FleetStoreOptions, WatchedPool } from './options.ts';
export { fleetStoreSql } from './table.ts';
