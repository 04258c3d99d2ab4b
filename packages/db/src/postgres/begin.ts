import type { TransactionSettings } from '../kysely.ts';

/** The statement that opens a transaction; what it is made of has been checked. */
export function beginText(settings: TransactionSettings): string {
  const isolation = settings.isolationLevel ? ` isolation level ${settings.isolationLevel}` : '';
  return `begin${isolation}${settings.accessMode ? ` ${settings.accessMode}` : ''}`;
}
