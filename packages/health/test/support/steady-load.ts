import { Agent, request } from 'node:http';

/** What clients that keep their connections have seen. */
export interface Load {
  readonly answered: number;
  readonly lost: readonly string[];
  /** Who answered, by what he said, with how often. */
  readonly by: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

/** `clients` of one keep-alive agent, each with one request at a time, until they are stopped. */
export function steadyLoad(url: string, clients: number): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const lost: string[] = [];
  const by = new Map<string, number>();
  let answered = 0;
  let isStopped = false;
  const ask = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const asked = request(url, { agent, timeout: 10_000 }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          body += chunk;
        });
        response.on('end', () =>
          response.statusCode === 200 ? resolve(body) : reject(new Error(`${response.statusCode}`)),
        );
        response.on('error', reject);
      });
      asked.on('timeout', () => asked.destroy(new Error('no answer for 10 s')));
      asked.on('error', reject);
      asked.end();
    });
  const client = async (): Promise<void> => {
    while (!isStopped) {
      try {
        const who = await ask();
        answered += 1;
        by.set(who, (by.get(who) ?? 0) + 1);
      } catch (error) {
        lost.push(String(error));
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const running = Array.from({ length: clients }, client);
  return {
    get answered() {
      return answered;
    },
    lost,
    by,
    async stop() {
      isStopped = true;
      await Promise.all(running);
      agent.destroy();
    },
  };
}
