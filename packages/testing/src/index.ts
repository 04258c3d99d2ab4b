import './production-warning.ts';

export { createRandom } from './clock/random.ts';
export {
  createVirtualClock,
  type SettleOptions,
  type VirtualClock,
  type VirtualClockOptions,
} from './clock/virtual-clock.ts';
export {
  createHistoryChecker,
  type HistoryChecker,
  type HistoryCheckerOptions,
} from './history/create-history-checker.ts';
export type {
  HistoryAnomaly,
  HistoryEnd,
  HistoryEntry,
  HistoryOutcome,
  HistoryReport,
  HistoryStep,
} from './history/history-types.ts';
export type { HistoryIsolation } from './history/list-append.ts';
export type { BackendFilter } from './postgres/admin.ts';
export type { PostgresSettings } from './postgres/settings.ts';
export { type StartPostgresOptions, startPostgres, type TestPostgres } from './postgres/start-postgres.ts';
export {
  type NodeEntry,
  type NodeExit,
  type NodeProcess,
  type SpawnNodeOptions,
  spawnNode,
} from './process/spawn-node.ts';
export type { BytePattern } from './proxy/byte-pattern.ts';
export { createTcpProxy, type TcpProxyOptions } from './proxy/create-tcp-proxy.ts';
export type { CutAfterOptions, CutMoment, CutRule, ProxyDirection } from './proxy/cut-rule.ts';
export type {
  TcpProxy,
  TcpProxyConnection,
  TcpProxyCounters,
  TcpProxyFaults,
} from './proxy/tcp-proxy-types.ts';
export {
  createFlakyServer,
  type FlakyServer,
  type FlakyServerClock,
  type FlakyServerOptions,
} from './server/create-flaky-server.ts';
export type { FlakyRequest } from './server/flaky-request.ts';
export type { FlakyFault, FlakyRates, FlakyScript } from './server/flaky-script.ts';
export type { FlakyStep, FlakyStepLike } from './server/flaky-step.ts';
export { holdSqliteLock, type SqliteLock } from './sqlite/hold-sqlite-lock.ts';
