import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';

/** What becomes of one connection: the mail is taken, refused for now or for good, or the line breaks after it. */
export type SmtpStep = 'accept' | 'refuse' | 'reject' | 'break';

/** A mail server, as much of one as nodemailer needs. */
export interface SmtpServer extends AsyncDisposable {
  readonly port: number;
  /** The mails that were taken, as text. */
  readonly mails: readonly string[];
  /** Connections there were. */
  readonly connections: () => number;
}

const END = '\r\n.\r\n';

function serve(socket: Socket, step: SmtpStep, mails: string[]): void {
  let text = '';
  let isMail = false;
  const say = (line: string): void => void socket.write(`${line}\r\n`);
  const command = (line: string): void => {
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'EHLO') say('250 stub.example.org');
    else if (verb === 'RCPT' && step === 'refuse') say('451 4.7.1 greylisted, come again later');
    else if (verb === 'RCPT' && step === 'reject') say('550 5.1.1 no such user');
    else if (verb === 'DATA') {
      isMail = true;
      say('354 go on');
    } else if (verb === 'QUIT') socket.end('221 bye\r\n');
    else say('250 ok');
  };
  const received = (): void => {
    const end = text.indexOf(END);
    if (end < 0) return;
    mails.push(text.slice(0, end));
    text = text.slice(end + END.length);
    isMail = false;
    if (step === 'break') socket.destroy();
    else say('250 queued');
  };
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    for (let at = text.indexOf('\r\n'); at >= 0 && !isMail; at = text.indexOf('\r\n')) {
      const line = text.slice(0, at);
      text = text.slice(at + 2);
      command(line);
    }
    if (isMail) received();
  });
  say('220 stub.example.org ESMTP');
}

/** Starts a mail server; the last step repeats. */
export async function createSmtpServer(steps: readonly SmtpStep[]): Promise<SmtpServer> {
  const mails: string[] = [];
  let connections = 0;
  const server = createServer((socket) => {
    const step = steps[Math.min(connections, steps.length - 1)] ?? 'accept';
    connections += 1;
    serve(socket, step, mails);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    mails,
    connections: () => connections,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
