import { type BatchReport, fileNameOf, type IssueCounts } from '@pipeline/core';
import { type Fact, mailPage, safeFacts } from './html.ts';
import type { Link } from './links.ts';
import { headerSafe, type Mail } from './notifier.ts';

const number = (value: number): string => value.toLocaleString('en-US');

/** A duration as people say it. */
export const duration = (ms: number): string => {
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
};

/** Credentials may be renewed between two links: the sentence holds for both. */
const earliest = (links: readonly Link[]): Pick<Link, 'expiresAt' | 'certain'> => ({
  expiresAt: Math.min(...links.map(({ expiresAt }) => expiresAt)),
  certain: links.every(({ certain }) => certain),
});

const expiry = ({ expiresAt, certain }: Pick<Link, 'expiresAt' | 'certain'>): string =>
  `The links work until ${new Date(expiresAt).toISOString().slice(0, 16).replace('T', ' ')} UTC${certain ? '' : ' at the latest'}.`;

/** Rows by rule and column, most frequent first. */
export const topIssues = (issues: IssueCounts, most: number): readonly Fact[] =>
  Object.entries(issues)
    .sort(([, a], [, b]) => b - a)
    .slice(0, most)
    .map(([key, count]) => {
      const [, rule, ...rest] = key.split('|');
      const column = rest.join('|');
      return [column ? `${column}: ${rule}` : `whole row: ${rule ?? key}`, number(count)];
    });

/** What a replay of mended rejects brought. */
const replayFacts = ({ revision, replay }: BatchReport): readonly Fact[] =>
  replay === undefined
    ? []
    : [
        ['Revision', number(revision)],
        ['Mended rows, now in the output', number(replay.rowsWritten)],
        ['Mended rows, rejected again', number(replay.rowsRejected)],
      ];

/**
 * The mail of a batch that succeeded: counts, file name, duration, links and their true end. No row content.
 *
 * @example
 * const mail = successMail(report, { output: await link(report.output.object, run.clock) });
 * await notifier.send(mail, run);
 */
export const successMail = (
  report: BatchReport,
  links: { readonly output: Link; readonly rejects?: Link; readonly page?: Link },
): Mail => {
  const name = headerSafe(fileNameOf(report.source.key));
  const facts = safeFacts([
    ['File', name],
    ['Rows read', number(report.rowsRead)],
    ['Rows written', number(report.rowsWritten)],
    ['Rows rejected', number(report.rowsRejected)],
    ...replayFacts(report),
    ['Duration', duration(report.durationMs)],
    ['Batch', report.batchId],
    ...topIssues((report.resolved.issues ?? {}) as IssueCounts, 5).map(
      ([rule, count]): Fact => [`Issue · ${rule}`, count],
    ),
    ...topIssues((report.resolved.warnings ?? {}) as IssueCounts, 3).map(
      ([rule, count]): Fact => [`Warning · ${rule}`, count],
    ),
  ]);
  const shown = [
    ...(links.page === undefined
      ? []
      : [{ label: 'Report: what came in, went out and was rejected', url: links.page.url }]),
    { label: 'Output file', url: links.output.url },
    ...(links.rejects === undefined
      ? []
      : [{ label: 'Rejected rows: mend this file and upload it again', url: links.rejects.url }]),
  ];
  const until = expiry(earliest([links.output, links.rejects, links.page].filter((link) => link !== undefined)));
  const heading =
    report.rowsRejected === 0
      ? `${name} was processed`
      : `${name} was processed, ${number(report.rowsRejected)} ${report.rowsRejected === 1 ? 'row was' : 'rows were'} rejected`;
  return {
    subject: heading,
    text: [
      heading,
      '',
      ...facts.map(([label, value]) => `${label}: ${value}`),
      '',
      ...shown.map(({ label, url }) => `${label}: ${url}`),
      '',
      until,
      '',
    ].join('\n'),
    html: mailPage({ heading, facts, links: shown, lines: [until] }),
  };
};
