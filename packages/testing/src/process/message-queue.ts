import { realTimer } from '../real-time.ts';

/** Messages that wait for their reader, and readers that wait for their message. */
export interface MessageQueue {
  add(message: unknown): void;
  /** After this, readers find what has arrived, and then the error. */
  end(why: () => Error): void;
  next(timeoutMs: number, why: () => string): Promise<unknown>;
}

interface Reader {
  resolve(message: unknown): void;
  reject(error: Error): void;
}

/** Creates an empty {@link MessageQueue}. */
export const messageQueue = (): MessageQueue => {
  const messages: unknown[] = [];
  const readers = new Set<Reader>();
  let ended: (() => Error) | undefined;

  const takeReader = (): Reader | undefined => {
    const [reader] = readers;
    if (reader !== undefined) readers.delete(reader);
    return reader;
  };

  return {
    add(message) {
      const reader = takeReader();
      if (reader === undefined) messages.push(message);
      else reader.resolve(message);
    },
    end(why) {
      ended = why;
      for (let reader = takeReader(); reader !== undefined; reader = takeReader()) reader.reject(why());
    },
    next: (timeoutMs, why) =>
      new Promise((resolve, reject) => {
        if (messages.length > 0) return resolve(messages.shift());
        if (ended !== undefined) return reject(ended());
        const give = (): void => {
          readers.delete(reader);
          reject(new Error(why()));
        };
        const stop = timeoutMs === Infinity ? () => {} : realTimer(give, timeoutMs);
        const reader: Reader = {
          resolve: (message) => {
            stop();
            resolve(message);
          },
          reject: (error) => {
            stop();
            reject(error);
          },
        };
        readers.add(reader);
      }),
  };
};
