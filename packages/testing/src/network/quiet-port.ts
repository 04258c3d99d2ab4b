import { randomInt } from 'node:crypto';

/**
 * Linux gives clients, and servers that ask for any port, 32,768 to 60,999, macOS 49,152 to 65,535. A port outside of
 * these is nobody else's in the moment in which its server is away: neither a client's of another test, nor one's own,
 * whose connect would meet itself.
 */
const FIRST = 18_000;
const LAST = 29_999;
/** So many that are taken, in a row, are no chance. */
const TRIES = 20;

/** Listens on a port that stays free while its server stops and starts again; `listen` is called until one is free. */
export const listenQuietly = async <T>(listen: (port: number) => Promise<T>): Promise<T> => {
  for (let tries = 1; ; tries++) {
    try {
      return await listen(randomInt(FIRST, LAST + 1));
    } catch (error) {
      if (tries === TRIES || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
};
