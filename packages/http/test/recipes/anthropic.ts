import Anthropic from '@anthropic-ai/sdk';
import { createResilientFetch } from '@resilient/http';

/** As for OpenAI. A 529 (overloaded) is retried, and a 429 holds the other calls back until its hint. */
export function anthropicRecipe(options: { readonly baseURL?: string } = {}): Anthropic {
  const fetch = createResilientFetch({
    name: 'anthropic',
    idempotent: true,
    timeoutMs: 600_000,
    attemptTimeoutMs: 120_000,
  });
  return new Anthropic({ apiKey: process.env.ANTHROPIC_API_KEY ?? 'none', fetch, maxRetries: 0, ...options });
}
