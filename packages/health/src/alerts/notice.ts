import type { AlertNews } from './alert-book.ts';
import type { AlertFacts, AlertRule, AlertSource } from './alert-source.ts';
import type { AlertSeverity } from './alert-state.ts';

/** What a sink is given: nothing but what stands here ever leaves the process with an alert. */
export interface AlertNotice extends AlertFacts {
  readonly state: 'fired' | 'repeated' | 'resolved';
  readonly severity: AlertSeverity;
  readonly rule: AlertRule;
  /** The fingerprint, metric or check that it is about. */
  readonly key: string;
  /** Service, rule and key: the same on every instance and after a restart. */
  readonly dedupKey: string;
  /** One line: what is the matter, and since the last notice how often. */
  readonly title: string;
  /** How often since the last notice. */
  readonly count: number;
  /** How often in all, in this process. */
  readonly total: number;
  readonly service: string;
  readonly release?: string;
  /** Which of several processes speaks. */
  readonly instance: string;
  readonly at: Date;
  /** Where to look, such as the dashboard. */
  readonly link?: string;
  /** Notices that were not sent since the last one, because there were too many. */
  readonly suppressed?: number;
}

/** Who speaks. */
export interface Speaker {
  readonly service: string;
  readonly release: string | undefined;
  readonly instance: string;
  readonly link: string | undefined;
}

/** The name under which an alert is known everywhere. */
export const dedupKeyOf = (service: string, { rule, key }: AlertSource): string =>
  `${service}/${rule}/${key}`;

function titleOf(
  state: AlertNotice['state'],
  severity: AlertSeverity,
  summary: string,
  count: number,
): string {
  const again = `${count} since the last notice`;
  if (state === 'resolved') return `resolved: ${summary}, ${again}`;
  const word = severity === 'critical' ? 'CRITICAL' : 'warning';
  return state === 'fired' ? `${word}: ${summary}` : `${word}, still: ${summary}, ${again}`;
}

/** Puts a notice together. */
export function noticeOf(source: AlertSource, news: AlertNews, speaker: Speaker, at: Date): AlertNotice {
  const facts = source.facts();
  const { severity } = source;
  const { state, count } = news;
  return {
    state,
    severity,
    rule: source.rule,
    key: source.key,
    dedupKey: dedupKeyOf(speaker.service, source),
    title: titleOf(state, severity, facts.summary, count),
    ...facts,
    count,
    total: source.total,
    service: speaker.service,
    ...(speaker.release === undefined ? {} : { release: speaker.release }),
    instance: speaker.instance,
    at,
    ...(speaker.link === undefined ? {} : { link: speaker.link }),
  };
}

/** The same with what a shared store says of the whole fleet. */
export function withCount(notice: AlertNotice, state: AlertNotice['state'], count: number): AlertNotice {
  return { ...notice, state, count, title: titleOf(state, notice.severity, notice.summary, count) };
}

/** A notice in lines, for people: the title, then each fact that there is. */
export function noticeLines(notice: AlertNotice): string[] {
  const facts: [name: string, value: string | number | undefined][] = [
    ['error', notice.errorMessage],
    ['code', notice.errorCode],
    ['route', notice.route],
    ['in all', notice.total],
    ['first seen', notice.firstSeenAt?.toISOString()],
    ['last seen', notice.lastSeenAt?.toISOString()],
    ['service', notice.service],
    ['release', notice.release],
    ['instance', notice.instance],
    ['at', notice.at.toISOString()],
    ['key', notice.dedupKey],
    ['link', notice.link],
  ];
  const lines = facts.flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
  const rest = notice.suppressed === undefined ? [] : [`+${notice.suppressed} suppressed`];
  return [notice.title, ...lines, ...rest];
}
