import { createResilientFetch } from '@resilient/http';
import OpenAI from 'openai';

/** Completions may be repeated: an answer that was lost costs tokens, and nothing else. */
export function openaiRecipe(options: { readonly baseURL?: string } = {}): OpenAI {
  const fetch = createResilientFetch({
    name: 'openai',
    idempotent: true,
    timeoutMs: 300_000,
    attemptTimeoutMs: 120_000,
  });
  return new OpenAI({ apiKey: process.env.OPENAI_API_KEY ?? 'none', fetch, maxRetries: 0, ...options });
}
