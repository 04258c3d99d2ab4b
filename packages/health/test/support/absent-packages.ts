import { fork } from 'node:child_process';
import { once } from 'node:events';

/** What a process tells of itself in which no optional package is installed. */
export interface WithoutPackages {
  /** The packages that it could not find. */
  readonly absent: string[];
  /** The entries that could not be imported, with the code of the error. */
  readonly missing: string[];
  readonly pages: string;
  /** Of `/metrics`, twice, the dashboard, the report and liveness. */
  readonly statuses: number[];
  readonly warnings: string[];
}

/** Runs a process in which no optional package is installed. */
export async function withoutOptionalPackages(): Promise<WithoutPackages> {
  const child = fork(new URL('../fixtures/absent-packages.ts', import.meta.url), {
    execArgv: ['--conditions=@resilient/source'],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const [told] = (await once(child, 'message')) as [WithoutPackages];
  return told;
}
