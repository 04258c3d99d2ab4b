import { createServer } from 'node:http';

// A process of its own: what the server costs is not to be taken for the client's.
const body = JSON.stringify({ ok: true });
const server = createServer((_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(body);
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as { port: number }).port));
process.once('disconnect', () => process.exit());
