import diagnosticsChannel, { type Channel } from 'node:diagnostics_channel';
import { syncBuiltinESMExports } from 'node:module';

/** What is left behind in the process. */
export interface Leftovers {
  /** Listeners on the process, of whatever event. */
  readonly listeners: number;
  /** Timers and immediates that have not run, those that do not keep the process included. */
  readonly timers: number;
  /** Channels of `node:diagnostics_channel` that somebody listens to. */
  readonly channels: number;
  /** What keeps the process, but for the pipes of the test itself. */
  readonly resources: readonly string[];
}

type Start = (callback: (...args: unknown[]) => void, ...rest: unknown[]) => { close?: () => void };

/** Counts from now on what is left behind: call it before anything is imported that is to be counted. */
export function countLeftovers(): () => Leftovers {
  const active = new Set<unknown>();
  const globals = globalThis as unknown as Record<string, Start & ((handle: unknown) => void)>;
  for (const [start, stop, once] of [
    ['setTimeout', 'clearTimeout', true],
    ['setInterval', 'clearInterval', false],
    ['setImmediate', 'clearImmediate', true],
  ] as const) {
    const begin = globals[start] as Start;
    const end = globals[stop] as (handle: unknown) => void;
    Object.assign(globalThis, {
      [start]: (callback: (...args: unknown[]) => void, ...rest: unknown[]) => {
        const handle = begin(
          (...args) => {
            if (once) active.delete(handle);
            callback(...args);
          },
          ...rest,
        );
        active.add(handle);
        const close = handle.close?.bind(handle);
        handle.close = () => {
          active.delete(handle);
          close?.();
        };
        return handle;
      },
      [stop]: (handle: unknown) => {
        active.delete(handle);
        end(handle);
      },
    });
  }

  const channels = new Set<Channel>();
  const { channel, subscribe } = diagnosticsChannel;
  diagnosticsChannel.channel = (name) => {
    const made = channel(name);
    channels.add(made);
    return made;
  };
  diagnosticsChannel.subscribe = (name, listener) => {
    channels.add(channel(name));
    subscribe(name, listener);
  };
  syncBuiltinESMExports();

  const listenersNow = (): number =>
    process.eventNames().reduce((sum, event) => sum + process.listenerCount(event as 'exit'), 0);
  const listenersBefore = listenersNow();
  const resourcesBefore = process.getActiveResourcesInfo().length;
  return () => ({
    listeners: listenersNow() - listenersBefore,
    timers: active.size,
    channels: [...channels].filter(({ hasSubscribers }) => hasSubscribers).length,
    resources: process
      .getActiveResourcesInfo()
      .slice(resourcesBefore)
      .filter((name) => name !== 'PipeWrap'), // the pipes of the test itself come late
  });
}
