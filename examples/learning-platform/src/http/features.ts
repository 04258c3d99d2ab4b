import type { FastifyPluginAsync } from 'fastify';
import { html } from 'ghtml';
import { FEATURES } from '../config.ts';
import { sendPage } from '../pages/send.ts';

/** The pages of a feature, or, where it is switched off, one page that says so. */
export function featureSwitch(
  name: string,
  disabled: ReadonlySet<string>,
  pages: FastifyPluginAsync,
): FastifyPluginAsync {
  if (!FEATURES.includes(name)) throw new Error(`there is no feature ${name}`);
  if (!disabled.has(name)) return pages;
  return async (app) => {
    app.all(`/${name}`, async (request, reply) =>
      sendPage(
        request,
        reply.code(503),
        'Not available',
        html`<section class="card"><h1>This part of the site is switched off today.</h1></section>`,
      ),
    );
  };
}
