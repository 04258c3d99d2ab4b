/** `12.3 %`; shares are from 0 to 1. */
export const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 2 : 1)} %`;

/** `340 ms`, `1.25 s`. */
export const milliseconds = (ms: number): string =>
  ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(2)} s`;

/** `812 MiB`, `1.4 GiB`. */
export function bytes(count: number): string {
  const mib = count / 2 ** 20;
  return mib < 1_024 ? `${Math.round(mib)} MiB` : `${(mib / 1_024).toFixed(1)} GiB`;
}

/** `3 d 4 h`, `12 min`, `41 s`. */
export function duration(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours >= 24) return `${Math.floor(hours / 24)} d ${hours % 24} h`;
  if (hours > 0) return `${hours} h ${minutes % 60} min`;
  return minutes > 0 ? `${minutes} min` : `${seconds} s`;
}

/** `14:03:59 UTC`: the same for everybody who looks. */
export const clockTime = (at: Date | undefined): string =>
  at === undefined ? '' : `${at.toISOString().slice(11, 19)} UTC`;
