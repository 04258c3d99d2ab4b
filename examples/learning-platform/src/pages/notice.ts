import { html } from 'ghtml';

/** A sentence about what just happened. */
export function notice(kind: 'good' | 'problem', text: string): string {
  return html`<p class="notice ${kind}" role="status">${text}</p>`;
}

/** What a reader is told when their work could not be saved; the form keeps its content. */
export const NOT_SAVED = 'Failed to save progress. Please try again.';
