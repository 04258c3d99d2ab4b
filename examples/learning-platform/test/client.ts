/** An answer as it came, redirects not followed. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  readonly location: string | null;
}

/** Somebody who talks to the site without a browser: keeps cookies, and knows the token of the last form. */
export class Client {
  csrf = '';
  readonly cookies = new Map<string, string>();
  readonly #base: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(base: string, headers: Readonly<Record<string, string>> = {}) {
    this.#base = base;
    this.#headers = { accept: 'text/html', ...headers };
  }

  get(path: string, method = 'GET'): Promise<Answer> {
    return this.#send(path, { method });
  }

  /** Sends a form with the token of the last page, unless the fields bring one. */
  post(path: string, fields: Record<string, string> | [string, string][]): Promise<Answer> {
    const pairs = Array.isArray(fields) ? fields : Object.entries(fields);
    const all = pairs.some(([name]) => name === '_csrf') ? pairs : [['_csrf', this.csrf], ...pairs];
    return this.#send(path, { method: 'POST', body: new URLSearchParams(all as [string, string][]) });
  }

  /** Sends any body. */
  raw(path: string, body: string, type: string): Promise<Answer> {
    return this.#send(path, { method: 'POST', body, headers: { 'content-type': type } });
  }

  async logIn(login: string, password: string): Promise<Answer> {
    await this.get('/login');
    const answer = await this.post('/login', { login, password });
    await this.get('/'); // for a token
    return answer;
  }

  async #send(path: string, init: RequestInit): Promise<Answer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = {
      ...this.#headers,
      ...(init.headers as Record<string, string>),
      ...(cookie && { cookie }),
    };
    const response = await fetch(this.#base + path, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      this.cookies.set(name, value);
    }
    const text = await response.text();
    this.csrf = /name="_csrf" value="([^"]+)"/.exec(text)?.[1] ?? this.csrf;
    return {
      status: response.status,
      text,
      headers: response.headers,
      location: response.headers.get('location'),
    };
  }
}
