/** How an application is. */
export type HealthStatus = 'healthy' | 'degraded' | 'critical';

const RANK: readonly HealthStatus[] = ['healthy', 'degraded', 'critical'];

/** The worst of all; healthy if there are none. */
export function worst(...statuses: readonly HealthStatus[]): HealthStatus {
  return statuses.reduce<HealthStatus>((a, b) => (RANK.indexOf(b) > RANK.indexOf(a) ? b : a), 'healthy');
}
