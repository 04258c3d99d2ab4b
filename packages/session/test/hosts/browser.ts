/** What a site answered. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Headers;
  readonly setCookies: readonly string[];
  readonly ms: number;
}

/** A browser that keeps its cookies. */
export class Browser {
  jar: Map<string, string>;
  readonly #url: string;

  constructor(url: string, jar: Iterable<readonly [string, string]> = []) {
    this.#url = url;
    this.jar = new Map(jar);
  }

  /** Another window, or a thief, with the same cookies. */
  twin(url: string = this.#url): Browser {
    return new Browser(url, this.jar);
  }

  /** The same browser at another address of the site: what one is given, the other has. */
  at(url: string): Browser {
    const same = new Browser(url);
    same.jar = this.jar;
    return same;
  }

  async send(path: string, timeoutMs = 10_000): Promise<Answer> {
    const cookie = [...this.jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const started = performance.now();
    const response = await fetch(`${this.#url}${path}`, {
      headers: cookie === '' ? {} : { cookie },
      signal: AbortSignal.timeout(timeoutMs),
    });
    const body = await response.text();
    const ms = performance.now() - started;
    const setCookies = response.headers.getSetCookie();
    for (const text of setCookies) {
      const [pair = '', ...attributes] = text.split(';');
      const [name = '', value = ''] = pair.split(/=(.*)/s);
      const isGone =
        value === '' ||
        attributes.some((one) => /^\s*expires=thu, 01 jan 1970/i.test(one) || /^\s*max-age=0$/i.test(one));
      if (isGone) this.jar.delete(name);
      else this.jar.set(name, value);
    }
    return { status: response.status, body, headers: response.headers, setCookies, ms };
  }

  async json(path: string): Promise<unknown> {
    const { status, body } = await this.send(path);
    if (status !== 200) throw new Error(`${path} answered ${status}: ${body.slice(0, 300)}`);
    return JSON.parse(body);
  }
}
