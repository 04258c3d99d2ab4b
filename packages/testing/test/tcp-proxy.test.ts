import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTcpProxy, type TcpProxy } from '../src/index.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const until = async (condition: () => boolean): Promise<void> => {
  for (let round = 0; !condition() && round < 3_000; round++) await pause(5);
  expect(condition()).toBe(true);
};

/** One end of a connection: what it received, and how it ended. */
class End {
  readonly socket: Socket;
  received = '';
  /** `end` for an orderly end, else the code of the error. */
  ended: string | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1').on('data', (text: string) => {
      this.received += text;
    });
    socket.on('end', () => {
      this.ended ??= 'end';
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.ended = error.code;
    });
  }
}

describe('createTcpProxy', () => {
  let server: Server;
  let proxy: TcpProxy;
  let accepted: End[];

  beforeEach(async () => {
    accepted = [];
    server = createServer({ allowHalfOpen: true }, (socket) => accepted.push(new End(socket)));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    proxy = await createTcpProxy({ upstream: (server.address() as AddressInfo).port });
  });
  afterEach(async () => {
    await proxy.close();
    for (const { socket } of accepted) socket.destroy();
    server.close();
  });

  /** A client and its counterpart on the server. */
  const join = async (): Promise<[End, End]> => {
    const index = accepted.length;
    const client = new End(connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true }));
    await once(client.socket, 'connect');
    await until(() => accepted.length > index);
    return [client, accepted[index] as End];
  };

  it('forwards bytes both ways and ends in order, and counts', async () => {
    const [client, remote] = await join();
    client.socket.write('question');
    await until(() => remote.received === 'question');
    client.socket.end('!');
    await until(() => remote.ended === 'end');
    remote.socket.end('answer');
    await until(() => client.ended === 'end');
    expect([remote.received, client.received]).toEqual(['question!', 'answer']);
    await until(() => proxy.counters.open === 0);
    expect(proxy.counters).toEqual({ connections: 1, open: 0, bytesUp: 9, bytesDown: 6, cuts: 0 });
    expect(proxy.connections()).toEqual([]);
  });

  it('forwards a large stream unharmed, holding the sender back', async () => {
    const [client, remote] = await join();
    const size = 20_000_000;
    remote.socket.pause();
    client.socket.write(Buffer.alloc(size, 7));
    await pause(100);
    expect(proxy.counters.bytesUp).toBeLessThan(size);
    remote.socket.resume();
    await until(() => remote.received.length === size);
    expect(proxy.counters.bytesUp).toBe(size);
  });

  it('cuts all connections with a reset to both sides', async () => {
    const pairs = [await join(), await join()];
    expect(proxy.counters.open).toBe(2);
    expect(proxy.cut()).toBe(2);
    await until(() => pairs.flat().every(({ ended }) => ended === 'ECONNRESET'));
    expect(proxy.counters).toMatchObject({ open: 0, cuts: 2 });
    expect(proxy.cut()).toBe(0);
    const [client, remote] = await join();
    client.socket.write('alive');
    await until(() => remote.received === 'alive');
  });

  it('resets the client, and ends upstream in order', async () => {
    const [client, remote] = await join();
    expect(proxy.reset()).toBe(1);
    await until(() => client.ended !== undefined && remote.ended !== undefined);
    expect([client.ended, remote.ended]).toEqual(['ECONNRESET', 'end']);
  });

  it('breaks one connection and leaves the others', async () => {
    const [one] = await join();
    const [two, remote] = await join();
    const handle = proxy.connections().find(({ clientPort }) => clientPort === one.socket.localPort);
    expect(handle?.cut()).toBe(1);
    expect(handle?.cut()).toBe(0);
    await until(() => one.ended === 'ECONNRESET');
    two.socket.write('still here');
    await until(() => remote.received === 'still here');
    expect(proxy.connections().map(({ id, bytesUp }) => [id, bytesUp])).toEqual([[2, 10]]);
  });

  it('cuts after a text that straddles chunks: it arrives, and the answer does not', async () => {
    const [client, remote] = await join();
    const rule = proxy.cutAfter('COMMIT');
    remote.socket.on('end', () => remote.socket.end('done'));
    client.socket.write('begin;COM');
    await until(() => remote.received === 'begin;COM');
    client.socket.write('MIT;\0');
    await rule.firstCut;
    await until(() => client.ended !== undefined && remote.ended !== undefined);
    expect(remote.received).toBe('begin;COMMIT;\0');
    expect([client.ended, client.received, remote.ended]).toEqual(['ECONNRESET', '', 'end']);
    expect([rule.fired, proxy.counters.cuts]).toEqual([1, 1]);
  });

  it('cuts at the answer to a text, which is lost', async () => {
    const [client, remote] = await join();
    const rule = proxy.cutAfter('COMMIT', { when: 'answer' });
    remote.socket.write('welcome');
    await until(() => client.received === 'welcome');
    client.socket.write('COMMIT');
    await until(() => remote.received === 'COMMIT');
    client.socket.write(';');
    await until(() => remote.received === 'COMMIT;');
    expect([rule.fired, client.ended]).toEqual([0, undefined]);
    remote.socket.write('done');
    await until(() => client.ended !== undefined && remote.ended !== undefined);
    expect([client.ended, client.received, remote.ended, rule.fired]).toEqual([
      'ECONNRESET',
      'welcome',
      'end',
      1,
    ]);
  });

  it('cuts before a text that straddles chunks: it never arrives in full', async () => {
    const [client, remote] = await join();
    const rule = proxy.cutAfter('COMMIT', { when: 'before' });
    client.socket.write('begin;COM');
    await until(() => remote.received === 'begin;COM');
    client.socket.write('MIT;');
    await rule.firstCut;
    await until(() => client.ended === 'ECONNRESET' && remote.ended === 'ECONNRESET');
    expect(remote.received).toBe('begin;COM');
    const [second, counterpart] = await join();
    proxy.cutAfter(Buffer.from('X'), { when: 'before' });
    second.socket.write('abcXdef');
    await until(() => counterpart.ended !== undefined);
    expect(counterpart.received).toBe('abc');
  });

  it('cuts in the answers, after bytes, as often as told, on connections there and to come', async () => {
    const [first, remoteFirst] = await join();
    const rule = proxy.cutAfter({ bytes: 4 }, { direction: 'to-client', times: 2 });
    const [second, remoteSecond] = await join();
    const [third, remoteThird] = await join();
    for (const [client, remote] of [
      [first, remoteFirst],
      [second, remoteSecond],
    ] as const) {
      remote.socket.write('answer');
      await until(() => client.ended === 'end');
      expect(client.received).toBe('answ');
    }
    remoteThird.socket.write('answer');
    await until(() => third.received === 'answer');
    expect(rule.fired).toBe(2);
  });

  it('cancels a rule, and lets one connection have its own', async () => {
    const [one, remoteOne] = await join();
    const [two, remoteTwo] = await join();
    proxy.cutAfter(/x/).cancel();
    proxy.connections()[1]?.cutAfter(/X/i);
    one.socket.write('x');
    two.socket.write('x');
    await until(() => two.ended === 'ECONNRESET');
    await until(() => remoteOne.received === 'x' && remoteTwo.received === 'x');
    expect(one.ended).toBeUndefined();
  });

  it('is a black hole for bytes and ends until it is told otherwise', async () => {
    const [client, remote] = await join();
    proxy.blackhole();
    client.socket.write('hello?');
    remote.socket.resetAndDestroy();
    await pause(60);
    expect([remote.received, client.ended]).toEqual(['', undefined]);
    const [late, counterpart] = await join();
    late.socket.write('me too');
    await pause(30);
    expect(counterpart.received).toBe('');
    proxy.blackhole(false);
    await until(() => counterpart.received === 'me too' && client.ended === 'ECONNRESET');
  });

  it('delays what passes, keeps its order under jitter, and stops on demand', async () => {
    const [client, remote] = await join();
    proxy.delay(60, 20);
    const startedAt = performance.now();
    for (const digit of '0123456789') {
      client.socket.write(digit);
      await pause(2);
    }
    await until(() => remote.received.length > 0);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(59);
    await until(() => remote.received === '0123456789');
    proxy.delay(60_000);
    proxy.delay(0);
    client.socket.write('!');
    await until(() => remote.received.endsWith('!'));
  });

  it('lets bytes through at a rate', async () => {
    const [client, remote] = await join();
    proxy.throttle(50_000);
    const startedAt = performance.now();
    client.socket.write('x'.repeat(10_000));
    await until(() => remote.received.length === 10_000);
    expect(performance.now() - startedAt).toBeGreaterThan(150);
  });

  it('closes one half: the client sees the end and can still send', async () => {
    const [client, remote] = await join();
    proxy.halfClose();
    await until(() => client.ended === 'end');
    client.socket.write('still talking');
    remote.socket.write('into the void');
    await until(() => remote.received === 'still talking');
    expect([client.received, remote.ended]).toEqual(['', undefined]);
    proxy.connections()[0]?.halfClose('to-upstream');
    await until(() => remote.ended === 'end');
  });

  it('refuses new connections on the same port, and takes them again', async () => {
    const [client, remote] = await join();
    await proxy.refuse();
    const socket = connect(proxy.port, '127.0.0.1');
    const [error] = await once(socket, 'error');
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
    client.socket.write('old friend');
    await until(() => remote.received === 'old friend');
    await proxy.refuse(false);
    await proxy.refuse(false);
    await join();
  });

  it('passes on that upstream is not there, or resets', async () => {
    const [client, remote] = await join();
    remote.socket.resetAndDestroy();
    await until(() => client.ended === 'ECONNRESET');
    server.close();
    const second = new End(connect(proxy.port, '127.0.0.1'));
    await until(() => second.ended === 'ECONNRESET');
    expect(proxy.counters).toMatchObject({ open: 0, cuts: 0 });
  });

  it('rewrites connection URLs', () => {
    expect(proxy.url('postgres://me:p%40ss@db.example:5432/shop?sslmode=disable')).toBe(
      `postgres://me:p%40ss@127.0.0.1:${proxy.port}/shop?sslmode=disable`,
    );
    expect(proxy.url('http://example/x')).toBe(`http://127.0.0.1:${proxy.port}/x`);
  });

  it('names bad input', async () => {
    await expect(createTcpProxy({ upstream: 0 })).rejects.toThrow('expected `upstream.port`');
    await expect(createTcpProxy({} as never)).rejects.toThrow(TypeError);
    await expect(createTcpProxy({ upstream: { host: '', port: 1 } })).rejects.toThrow(
      'expected `upstream.host`',
    );
    await expect(createTcpProxy({ upstream: 1, port: proxy.port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
    expect(() => proxy.url('nonsense')).toThrow(TypeError);
    expect(() => proxy.url('file:///x')).toThrow('a URL with a host');
    expect(() => proxy.delay(-1)).toThrow(RangeError);
    expect(() => proxy.throttle(0)).toThrow('expected `bytesPerSecond`');
    expect(() => proxy.cutAfter('x', { when: 'soon' as never })).toThrow('expected `when`');
    expect(() => proxy.cutAfter('x', { times: 0 })).toThrow('expected `times`');
  });
});
