import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { createDatabase } from '@resilient/db';
import { createHealthMonitor, databaseCheck, installSafetyNet } from '@resilient/health';
import type { FastifyBaseLogger } from 'fastify';
import { pino } from 'pino';
import { readConfig } from './config.ts';
import { createTables, type School } from './database/schema.ts';
import { type ShownLogin, seed } from './database/seed.ts';
import { createApp } from './http/app.ts';
import { createTutor } from './tutor/ask.ts';
import { LocalTutor } from './tutor/local-tutor.ts';

/** Where the demo keeps its database and the admin's password. */
const DATA = path.resolve('data');

function printWelcome(address: string, logins: readonly ShownLogin[]): void {
  const lines = logins.map(
    ({ role, login, password }) => `  ${role.padEnd(8)} ${login.padEnd(6)} ${password}`,
  );
  const list = lines.length === 0 ? '' : `\nLog in as\n${lines.join('\n')}\n\n`;
  process.stdout.write(`\nLearning platform: ${address}\n${list}`);
}

/** Starts the site: environment, database, tables, pages, and the net under all of it. */
export async function start(): Promise<void> {
  const config = readConfig();
  const logger: FastifyBaseLogger = pino(
    { name: 'learning-platform', level: config.logLevel },
    pino.destination({ sync: true }),
  );
  await mkdir(DATA, { recursive: true, mode: 0o700 });
  const sqliteFile = path.join(DATA, 'school.db');
  if (config.databaseUrl !== undefined) process.stderr.write('Waiting for the database …\n');
  const db = await createDatabase<School>({ url: config.databaseUrl ?? `sqlite:${sqliteFile}`, logger });
  await createTables(db);
  const logins = await seed(db, config, path.join(DATA, 'admin-password'));

  const localTutor = config.openaiApiKey === undefined ? new LocalTutor() : undefined;
  const ask = createTutor({
    apiKey: config.openaiApiKey ?? 'local',
    model: localTutor ? 'local-tutor' : 'gpt-4o-mini',
    ...(localTutor ? { baseURL: await localTutor.listen() } : undefined),
  });

  const monitor = createHealthMonitor({ logger, checks: [databaseCheck(db)] });
  const app = await createApp({ config, db, monitor, ask, logger });
  if (config.chaos) {
    const { chaosRoutes } = await import('./chaos/routes.ts');
    await app.register(
      chaosRoutes({
        db,
        sqliteFile: config.databaseUrl === undefined ? sqliteFile : undefined,
        tutor: localTutor,
      }),
    );
  }
  const net = installSafetyNet({ monitor, logger, servers: [app.server] });
  net.onShutdown(() => db.close());
  net.onShutdown(() => localTutor?.close());
  net.onShutdown(() => app.close());

  const address = await app.listen({ host: config.host, port: config.port });
  monitor.started();
  if (config.production && !config.trustProxy) {
    logger.warn(
      'TRUST_PROXY is not 1: log-ins work over https only, and every visitor must reach this process directly',
    );
  }
  printWelcome(address.replace('127.0.0.1', 'localhost'), logins);
}
