import type { Clock, Logger } from '@resilient/core';
import { errorForLog } from '../errors/error-for-log.ts';
import { bounded } from '../time/bounded.ts';
import {
  htmlPage,
  type PageFacts,
  type PageTemplate,
  problemPage,
  type RenderedPage,
  wantsHtml,
} from './error-page.ts';

/** How long the user's own template may take. */
const TEMPLATE_TIMEOUT_MS = 1_000;

/** What a page is made from. */
export interface PageRequest {
  readonly facts: PageFacts;
  readonly accept: string | undefined;
  /** Added to problem+json alone. */
  readonly extra?: object;
  readonly template?: PageTemplate | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Renders the page that the client asked for; never throws. */
export async function renderPage({
  facts,
  accept,
  extra,
  template,
  clock,
  logger,
}: PageRequest): Promise<RenderedPage> {
  if (!wantsHtml(accept)) return problemPage(facts, extra);
  if (template === undefined) return htmlPage(facts);
  const made = await bounded(clock, TEMPLATE_TIMEOUT_MS, () => template(facts));
  if (made.ok && typeof made.value === 'string') {
    return { type: 'text/html; charset=utf-8', body: made.value, headers: {} };
  }
  const err = made.ok ? `it answered ${typeof made.value}, not a string` : errorForLog(made.error);
  logger.error({ err }, 'the template of the error page failed: ours was sent');
  return htmlPage(facts);
}
