import { defineSession, type StoreCallback } from '@resilient/session';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { shape } from './fixture/shape.ts';
import { Browser } from './hosts/browser.ts';
import { expressSession } from './hosts/express-session.ts';
import { fastifySession } from './hosts/fastify-session.ts';
import type { Site, SiteOptions } from './hosts/host.ts';
import { koaSession } from './hosts/koa-session.ts';
import { recordingLogger } from './hosts/recording-logger.ts';
import { TextStore } from './hosts/text-store.ts';

const USER = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11';

/** No defaults, so that what is stored can be compared as well. */
const plain = defineSession({
  keys: {
    userId: { kind: 'identity', schema: z.uuid() },
    role: { kind: 'authority', schema: z.enum(['student', 'admin']) },
    note: { kind: 'preference', schema: z.string() },
  },
}) as unknown as typeof shape;

/** Writes down what its host asks for, reads apart: the guard against log-outs elsewhere looks before it writes. */
class RecordingStore extends TextStore {
  readonly calls: string[] = [];

  override set(id: string, session: object, callback: StoreCallback): void {
    this.calls.push('set');
    super.set(id, session, callback);
  }

  override destroy(id: string, callback: StoreCallback): void {
    this.calls.push('destroy');
    super.destroy(id, callback);
  }

  touch(id: string, session: object, callback: StoreCallback): void {
    this.calls.push('touch');
    setImmediate(() => {
      const row = JSON.parse(this.rows.get(id) ?? 'null') as object | null;
      const { cookie } = session as { cookie?: object };
      if (row !== null) this.rows.set(id, JSON.stringify({ ...row, cookie }));
      callback();
    });
  }
}

const DATE = /\d{4}-\d\d-\d\dT[^"]+Z|[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]+ GMT/g;
/** express-session reads the clock twice for `originalMaxAge`, which costs it a millisecond at times. */
const anyTime = (text: string): string =>
  text
    .replaceAll(DATE, 'TIME')
    .replaceAll(/"_expire":\d+/g, '"_expire":0')
    .replaceAll(/(?<="originalMaxAge":)\d+/g, (ms) => `${Math.round(Number(ms) / 10_000) * 10_000}`);

describe.each([expressSession, fastifySession, koaSession])('$name, healthy sessions', (host) => {
  const sites: Site[] = [];
  afterEach(async () => {
    await Promise.all(sites.splice(0).map((site) => site.close()));
  });

  /** What a visitor and the store see of a day in the life of a session. */
  async function day(options: SiteOptions): Promise<unknown[]> {
    const store = new RecordingStore();
    const site = await host.start(plain, store, { logger: recordingLogger().logger, ...options });
    sites.push(site);
    const browser = new Browser(site.url);
    const names = new Map<string, string>();
    const nameOf = (value: string): string => {
      if (!names.has(value)) names.set(value, `cookie ${names.size + 1}`);
      return names.get(value) as string;
    };
    const seen: unknown[] = [];
    for (const path of [
      '/',
      `/login?user=${USER}`,
      '/',
      '/note?note=one',
      '/',
      '/flash',
      '/flash',
      '/flash',
      '/flash',
      '/reload',
      '/regenerate',
      '/',
      '/note?note=two',
      '/logout',
      '/',
      `/login?user=${USER}`,
      '/note?note=three',
    ]) {
      const { status, body, setCookies } = await browser.send(path);
      const cookies = setCookies.map((text) => {
        const [pair = '', ...attributes] = text.split(/;(.*)/s);
        const [name, value = ''] = pair.split(/=(.*)/s);
        return anyTime(`${name}=${value === '' ? '' : nameOf(value)};${attributes.join(';')}`);
      });
      const rows = [...store.rows.values()].map(anyTime);
      seen.push({ path, status, body, cookies, rows, calls: store.calls.splice(0) });
    }
    return seen;
  }

  test.each([false, true])(
    'regenerate, destroy, touch, reload and flash are as without us, rolling: %s',
    async (rolling) => {
      const without = await day({ rolling, bare: true });
      expect(without).toHaveLength(17);
      expect(await day({ rolling })).toEqual(without);
    },
  );
});
