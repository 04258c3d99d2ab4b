import { type IncomingMessage, type OutgoingHttpHeaders, request as send } from 'node:http';

interface Asked {
  readonly method: string;
  readonly uri: string;
  readonly headers?: OutgoingHttpHeaders;
}

/** The call of the package `request` that the suite of fastify-session makes, without a connection that is kept. */
const request = (
  { method, uri, headers = {} }: Asked,
  callback: (error: Error | null, answer?: IncomingMessage, body?: string) => void,
): void => {
  const sent = send(uri, { method, headers, agent: false }, (response) => {
    const parts: Buffer[] = [];
    response.on('data', (part: Buffer) => void parts.push(part));
    response.on('end', () => callback(null, response, Buffer.concat(parts).toString()));
  });
  sent.on('error', callback);
  sent.end();
};

export { request as 'module.exports' };
