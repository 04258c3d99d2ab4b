/** What is said of a status: a title where the site makes the page itself, and a sentence that helps. */
const TEXTS: Readonly<Record<number, string>> = {
  400: 'The address or the form could not be understood.',
  403: 'You are not allowed to do this.',
  404: 'There is nothing at this address.',
  413: 'What was sent is too long. Please make it shorter.',
  415: 'This site takes its own forms only.',
  429: 'That was a lot in a short time. Please wait a minute, then go on.',
  503: 'The site cannot do this at the moment. Please try again in a few seconds.',
  504: 'This took too long. Please try again in a few seconds.',
};

/** A sentence for whoever sees an error page. */
export function textOf(status: number): string {
  const known = TEXTS[status];
  if (known !== undefined) return known;
  return status < 500
    ? 'That did not work.'
    : 'Something went wrong here. It was not you, and it has been noted.';
}

/** A title for the pages that no error of a handler leads to. */
export function titleOf(status: number): string {
  return status === 400 ? 'The request could not be understood.' : 'That did not work.';
}
