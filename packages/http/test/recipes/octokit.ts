import { request } from '@octokit/request';
import { createResilientFetch } from '@resilient/http';

/** Reads are repeated, a new issue only where GitHub cannot have seen it; its 403 for a rate limit is waited for. */
export function octokitRecipe(options: { readonly baseUrl?: string } = {}): typeof request {
  const fetch = createResilientFetch({ name: 'github', timeoutMs: 30_000 });
  return request.defaults({ ...options, request: { fetch } });
}
