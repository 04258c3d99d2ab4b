import { createFlakyServer } from '@resilient/testing';
import { awsRecipe } from './recipes/aws.ts';

// Sends one message through AWS' SDK to a server that fails twice, and prints what was sent, as JSON: a process of its
// own, since Vitest's conditions lead to ES modules of the SDK that Node cannot load.

const throttled = {
  status: 400,
  headers: { 'x-amzn-errortype': 'ThrottlingException' },
  json: { __type: 'com.amazonaws.sqs#ThrottlingException', message: 'slow down' },
};
const MD5_OF_HELLO = '5d41402abc4b2a76b9719d911017c592'; // the SDK compares it with that of what it has sent
const good = { json: { MessageId: 'm-1', MD5OfMessageBody: MD5_OF_HELLO } };

const server = await createFlakyServer([500, throttled, good]);
const send = awsRecipe(`${server.url}/queue.fifo`, {
  endpoint: server.url,
  region: 'eu-central-1',
  credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
});
const { MessageId: messageId } = await send('hello');
const ids = server.requests.map(
  ({ body }) => (JSON.parse(body) as { MessageDeduplicationId: string }).MessageDeduplicationId,
);
process.stdout.write(JSON.stringify({ messageId, ids }));
process.exit(0);
