import { createServer } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type MemoryLogger, memoryLogger } from '../../test/support/memory-logger.ts';
import { createHealthMonitor } from '../monitor/create-health-monitor.ts';
import type { HealthMonitor } from '../monitor/types.ts';
import { installSafetyNet } from './install-safety-net.ts';

const EVENTS = [
  'uncaughtExceptionMonitor',
  'uncaughtException',
  'unhandledRejection',
  'SIGTERM',
  'SIGINT',
] as const;
const listeners = (): number[] => EVENTS.map((event) => process.listenerCount(event));

let monitor: HealthMonitor;
let logger: MemoryLogger;

beforeEach(() => {
  logger = memoryLogger();
  monitor = createHealthMonitor({ logger });
});

afterEach(() => monitor.close());

test('adds one listener each, is safe to call twice, and takes all of them away', () => {
  const before = listeners();
  const server = createServer();
  const noListeners = [server.listenerCount('request'), server.listenerCount('connection')];
  const net = installSafetyNet({ monitor });
  expect(listeners()).toEqual(before.map((count) => count + 1));
  expect(installSafetyNet({ monitor, servers: [server] })).toBe(net);
  expect(listeners()).toEqual(before.map((count) => count + 1));
  expect(server.listenerCount('request')).toBe(1);
  expect(logger.of('warn').some((line) => line.message.includes('installed already'))).toBe(true);
  net.remove();
  expect(listeners()).toEqual(before);
  expect([server.listenerCount('request'), server.listenerCount('connection')]).toEqual(noListeners);
});

test('with fatal: exit the exit stays with Node', () => {
  const before = listeners();
  const net = installSafetyNet({ monitor, fatal: 'exit' });
  expect(listeners()).toEqual(before.map((count, index) => count + (index === 1 || index === 2 ? 0 : 1)));
  net.remove();
});

test('names others that listen to the same', () => {
  const someoneElse = (): void => undefined;
  process.on('SIGTERM', someoneElse);
  const net = installSafetyNet({ monitor });
  net.remove();
  process.off('SIGTERM', someoneElse);
  expect(logger.of('warn').map((line) => line.facts)).toContainEqual(
    expect.objectContaining({ event: 'SIGTERM', listeners: expect.arrayContaining(['someoneElse']) }),
  );
});

test.each([
  ['drain', ['info', 'info']],
  ['exit', ['warn']],
] as const)('tells of the two listeners of Sentry what they would do (%s)', (fatal, levels) => {
  const ofExceptions = Object.assign((): void => undefined, { _errorHandler: true });
  const sendUnhandledPromise = (): void => undefined;
  process.on('uncaughtException', ofExceptions);
  process.on('unhandledRejection', sendUnhandledPromise);
  const net = installSafetyNet({ monitor, fatal });
  net.remove();
  process.off('uncaughtException', ofExceptions);
  process.off('unhandledRejection', sendUnhandledPromise);
  const told = logger.lines.filter(({ message }) => message.startsWith('Sentry listens'));
  expect(told.map(({ level }) => level)).toEqual(levels);
});

test.each([
  [{ fatal: 'stop' }, /`fatal`/],
  [{ servers: [{}] }, /`servers`/],
  [{ drainDelayMs: -1 }, /`drainDelayMs`/],
  [{ drainTimeoutMs: 0 }, /`drainTimeoutMs`/],
  [{ server: [] }, /`server`/],
  [{ onFatal: 1 }, /`onFatal`/],
  [{ report: {} }, /`report`/],
])('refuses %o', (options, message) => {
  expect(() => installSafetyNet({ monitor, ...(options as object) })).toThrow(message);
});
