import { createResilientFetch } from '@resilient/http';
import OpenAI from 'openai';
import { moderate } from './moderate.ts';

/** Asks the tutor; `undefined` if question or answer is not for children. */
export type AskTutor = (question: string, signal: AbortSignal) => Promise<string | undefined>;

const RULES =
  'You are a kind tutor of ten-year-olds. Explain in at most four short sentences. Never do the homework.';

/** A tutor behind OpenAI's own SDK: retries, time and the circuit breaker are in the fetch that it is given. */
export function createTutor(options: { baseURL?: string; apiKey: string; model: string }): AskTutor {
  const openai = new OpenAI({
    apiKey: options.apiKey,
    ...(options.baseURL === undefined ? undefined : { baseURL: options.baseURL }),
    fetch: createResilientFetch({ name: 'tutor', idempotent: true, timeoutMs: 20_000, maxRetries: 2 }),
    maxRetries: 0,
  });
  return async (question, signal) => {
    const allowed = moderate(question);
    if (!allowed) return undefined;
    const messages = [
      { role: 'system' as const, content: RULES },
      { role: 'user' as const, content: allowed },
    ];
    const answer = await openai.chat.completions.create({ model: options.model, messages }, { signal });
    const text = answer.choices[0]?.message.content ?? '';
    if (text.trim() === '') throw new Error('the tutor answered nothing');
    return moderate(text);
  };
}
