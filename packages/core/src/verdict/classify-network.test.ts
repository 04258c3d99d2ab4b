import { once } from 'node:events';
import { connect as connectHttp2, createServer } from 'node:http2';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { classifyNetwork } from './classify-network.ts';

const errno = (code: string, more: object = {}): Error =>
  Object.assign(new Error(`x ${code}`), { code, ...more });
const judge = (error: unknown) => classifyNetwork(error, 0);
const fetchFailed = (cause: unknown): TypeError => new TypeError('fetch failed', { cause });

/** A server that does as told with each connection, for one piece of work. */
async function withServer<T>(
  onSocket: (socket: import('node:net').Socket) => void,
  work: (port: number) => Promise<T>,
): Promise<T> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => {});
    onSocket(socket);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    return await work((server.address() as AddressInfo).port);
  } finally {
    server.close();
  }
}

describe('before a connection', () => {
  it.each(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])(
    '%s was not sent',
    (code) => {
      expect(judge(errno(code))).toEqual({ transient: true, kind: 'network', outcome: 'not-sent', code });
    },
  );

  it('a connect timeout of undici was not sent', () => {
    expect(judge(errno('UND_ERR_CONNECT_TIMEOUT'))).toMatchObject({
      transient: true,
      kind: 'timeout',
      outcome: 'not-sent',
    });
  });

  it.each(['ECONNRESET', 'ETIMEDOUT', 'EADDRNOTAVAIL', 'ENOENT', 'EMFILE'])(
    '%s of connect was not sent',
    (code) => {
      expect(judge(errno(code, { syscall: 'connect' }))).toMatchObject({
        transient: true,
        outcome: 'not-sent',
        code,
      });
    },
  );

  it.each(['EACCES', 'EPERM'])('%s of connect is permanent', (code) => {
    expect(judge(errno(code, { syscall: 'connect' }))).toMatchObject({
      transient: false,
      outcome: 'not-sent',
    });
  });

  it('a certificate that is not trusted is permanent, and nothing was sent', () => {
    for (const code of ['CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_TLS_CERT_ALTNAME_INVALID']) {
      expect(judge(errno(code))).toEqual({ transient: false, kind: 'network', outcome: 'not-sent', code });
    }
  });

  it('a real refused connection, through fetch, was not sent', async () => {
    const port = await withServer(
      () => {},
      async (open) => open,
    );
    const error = await fetch(`http://127.0.0.1:${port}/`).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TypeError);
    expect(judge(error)).toMatchObject({ transient: true, outcome: 'not-sent', code: 'ECONNREFUSED' });
  });

  it('a real host that does not exist was not sent', async () => {
    const error = await once(connect(80, 'does-not-exist.invalid'), 'connect').catch(
      (thrown: unknown) => thrown,
    );
    expect(judge(error)).toMatchObject({ transient: true, outcome: 'not-sent' });
  });
});

describe('a broken connection', () => {
  it.each(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'UND_ERR_SOCKET', 'ERR_STREAM_PREMATURE_CLOSE'])(
    '%s leaves the outcome unknown',
    (code) => {
      expect(judge(errno(code))).toEqual({ transient: true, kind: 'network', outcome: 'unknown', code });
    },
  );

  it.each(['ETIMEDOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])(
    '%s is a timeout, unknown',
    (code) => {
      expect(judge(errno(code))).toMatchObject({ transient: true, kind: 'timeout', outcome: 'unknown' });
    },
  );

  it('leaves the outcome unknown where an established connection reports that the host is unreachable', () => {
    expect(judge(errno('EHOSTUNREACH', { syscall: 'read' }))).toMatchObject({
      transient: true,
      outcome: 'unknown',
    });
  });

  it('is one when the server closes without an answer, or in the middle of it', async () => {
    for (const answer of ['', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc']) {
      const error = await withServer(
        (socket) => socket.once('data', () => socket.end(answer)),
        (port) =>
          fetch(`http://127.0.0.1:${port}/`)
            .then((response) => response.text())
            .catch((thrown: unknown) => thrown),
      );
      expect(judge(error)).toMatchObject({ transient: true, kind: 'network', outcome: 'unknown' });
    }
  });

  it('is one when the answer is no HTTP', async () => {
    const error = await withServer(
      (socket) => socket.once('data', () => socket.end('nonsense\r\n\r\n')),
      (port) => fetch(`http://127.0.0.1:${port}/`).catch((thrown: unknown) => thrown),
    );
    expect(judge(error)).toMatchObject({ transient: true, kind: 'network', outcome: 'unknown' });
  });

  it('is one when the parser has a code for what is wrong', () => {
    expect(judge(fetchFailed(errno('HPE_INVALID_CHUNK_SIZE')))).toMatchObject({
      transient: true,
      code: 'HPE_INVALID_CHUNK_SIZE',
    });
  });

  it('keeps a code behind fetch that no table names', () => {
    expect(judge(fetchFailed(errno('ERR_SSL_WRONG_VERSION_NUMBER')))).toEqual({
      transient: true,
      kind: 'network',
      outcome: 'unknown',
      code: 'ERR_SSL_WRONG_VERSION_NUMBER',
    });
  });
});

describe('an AggregateError', () => {
  const refused = errno('ECONNREFUSED', { syscall: 'connect' });

  it('was not sent if no member was', () => {
    const both = Object.assign(new AggregateError([refused, errno('ENETUNREACH', { syscall: 'connect' })]), {
      code: 'ECONNREFUSED',
    });
    expect(judge(fetchFailed(both))).toMatchObject({ transient: true, outcome: 'not-sent' });
  });

  it('is unknown if one member is, whatever its own code says', () => {
    const error = Object.assign(new AggregateError([refused, errno('ECONNRESET')]), { code: 'ECONNREFUSED' });
    expect(judge(error)?.outcome).toBe('unknown');
  });

  it('is unknown if one member is no network error', () => {
    expect(judge(new AggregateError([refused, new Error('?')]))?.outcome).toBe('unknown');
  });

  it('is unknown if it has more members than are looked at', () => {
    expect(judge(new AggregateError(Array.from({ length: 100 }, () => errno('ECONNREFUSED'))))?.outcome).toBe(
      'unknown',
    );
  });
});

describe('HTTP/2', () => {
  it('a stream that a real server refused was not sent, any other broken stream is unknown', async () => {
    const server = createServer();
    const resets = [7, 2];
    server.on('stream', (stream) => {
      stream.on('error', () => {});
      stream.close(resets.shift());
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const client = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const failure = async (): Promise<unknown> => {
      const [error] = await once(client.request().resume(), 'error');
      return error;
    };
    try {
      expect(judge(await failure())).toEqual({
        transient: true,
        kind: 'network',
        outcome: 'not-sent',
        code: 'NGHTTP2_REFUSED_STREAM',
      });
      expect(judge(await failure())).toMatchObject({
        transient: true,
        outcome: 'unknown',
        code: 'ERR_HTTP2_STREAM_ERROR',
      });
    } finally {
      client.destroy();
      server.close();
    }
  });
});

describe('what fetch refuses itself', () => {
  it('a blocked port is permanent and invalid', async () => {
    const error = await fetch('http://127.0.0.1:1/').catch((thrown: unknown) => thrown);
    expect(judge(error)).toMatchObject({ transient: false, kind: 'invalid' });
  });

  it('a TypeError of the program is none of its business', () => {
    expect(judge(new TypeError('x is not a function'))).toBeUndefined();
    expect(judge(new TypeError('fetch failed'))).toBeUndefined();
    expect(judge(new TypeError('not saved', { cause: new Error('why') }))).toBeUndefined();
  });
});

it('knows nothing of other errors', () => {
  for (const error of [
    new Error('x'),
    errno('ENOENT', { syscall: 'open' }),
    errno('SQLITE_BUSY'),
    null,
    'ECONNRESET',
    {},
  ]) {
    expect(judge(error)).toBeUndefined();
  }
});

it('survives a code, message and syscall that throw when read', () => {
  const traps = new Proxy(new Error('x'), {
    get() {
      throw new Error('trap');
    },
  });
  expect(judge(traps)).toBeUndefined();
  expect(
    judge(Object.assign(new Error('x'), { code: 'ERR_HTTP2_STREAM_ERROR', message: { toString: null } })),
  ).toMatchObject({
    outcome: 'unknown',
  });
});
