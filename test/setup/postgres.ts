import { startPostgres } from '@resilient/testing';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** A superuser's URL of the run's own PostgreSQL 18. */
    postgresUrl: string;
  }
}

type Server = Awaited<ReturnType<typeof startPostgres>>;

interface Shared {
  server: Promise<Server>;
  users: number;
}

/** Each project loads this file anew, so what they share hangs on the process. */
const holder = globalThis as { resilientTestPostgres?: Shared };

/** Starts one real PostgreSQL for all the projects of a run and stops it after the last of them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  holder.resilientTestPostgres ??= { server: startPostgres(), users: 0 };
  const shared = holder.resilientTestPostgres;
  shared.users += 1;
  const { url } = await shared.server;
  project.provide('postgresUrl', url);
  return async () => {
    shared.users -= 1;
    if (shared.users > 0) return;
    delete holder.resilientTestPostgres;
    await (await shared.server).close();
  };
}
