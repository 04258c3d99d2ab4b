/** A site of any host as a process of its own: `node site-process.ts HOST OPTIONS`; prints its URL, ends with 0 on SIGTERM. */
import { shape } from '../fixture/shape.ts';
import type { SiteOptions } from './host.ts';
import { HOSTS } from './index.ts';
import { RemoteStore } from './remote-store.ts';
import { versions } from './versions.ts';

const [name, options = '{}', version] = process.argv.slice(2);
const host = HOSTS.find((one) => one.name === name);
if (host === undefined) throw new Error(`no host ${name}`);
const its = version === undefined ? shape : versions[version === '3' ? 3 : 2];
const site = await host.start(its as typeof shape, new RemoteStore(), JSON.parse(options) as SiteOptions);
process.stdout.write(`${site.url}\n`);
process.once('SIGTERM', () => {
  void site.close().then(() => process.exit(0));
});
