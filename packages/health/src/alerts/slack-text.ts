import { type AlertNotice, noticeLines } from './notice.ts';

/** Slack's own three characters: with them escaped, `<!channel>` and `<@U1>` wake nobody and no link is hidden. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A notice as the text of a message in Slack. */
export function slackText(notice: AlertNotice): string {
  return noticeLines(notice).map(escaped).join('\n');
}
