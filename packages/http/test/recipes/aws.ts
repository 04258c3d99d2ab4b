import {
  SendMessageCommand,
  type SendMessageCommandOutput,
  SQSClient,
  type SQSClientConfig,
} from '@aws-sdk/client-sqs';
import { createApiClient } from '@resilient/http';

/** A message is in the queue once, however often it is sent: a FIFO queue knows it by its deduplication id. */
export function awsRecipe(
  queueUrl: string,
  config: SQSClientConfig = {},
): (body: string) => Promise<SendMessageCommandOutput> {
  const sqs = new SQSClient({ ...config, maxAttempts: 1 });
  const queue = createApiClient({ name: 'sqs', timeoutMs: 30_000 });
  return (body) =>
    queue.call(({ signal, idempotencyKey }) =>
      sqs.send(
        new SendMessageCommand({
          QueueUrl: queueUrl,
          MessageBody: body,
          MessageGroupId: 'mail',
          MessageDeduplicationId: idempotencyKey,
        }),
        { abortSignal: signal },
      ),
    );
}
