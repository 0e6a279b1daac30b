import { type CsvDialect, fileNameOf, type ObjectRef, type PartRef, type RenamedColumn } from '@pipeline/core';
import { html, type SafeHtml } from '@remix-run/html-template';
import type { PageLink, RenderReportOptions } from './options.ts';
import { renderWithin } from './render-within.ts';
import type { PageReport } from './sources.ts';
import { byteSize, checkUrl, count, moment, plural, s3Text, shown } from './text.ts';

type Fact = readonly [label: string, value: string | SafeHtml];

const facts = (all: readonly Fact[]): SafeHtml =>
  html`<dl class="facts">${all.map(([label, value]) => html`<dt>${label}</dt><dd>${value}</dd>`)}</dl>`;

/** What came in: the file, and how it was read. */
export const inputSection = (report: PageReport): SafeHtml => {
  const { source, sourceBytes, rowsRead, readAs } = report;
  return html`<section id="input" aria-labelledby="input-title">
<h2 id="input-title">What came in</h2>
${facts([
  ['File', html`<code>${shown(s3Text(source), 400)}</code>`],
  ...(source.versionId === undefined ? [] : [['Version', html`<code>${shown(source.versionId)}</code>`] as const]),
  [
    'Size',
    `${byteSize(sourceBytes)}${readAs?.compression === undefined ? '' : `, unpacked from ${readAs.compression}`}`,
  ],
  ['Rows', count(rowsRead)],
  ...(readAs === undefined ? [] : readFacts(readAs)),
])}
${renamedColumns(readAs?.renamed ?? [])}
</section>`;
};

/** Columns that the header calls otherwise than the rows. */
const renamedColumns = (renamed: readonly RenamedColumn[]): SafeHtml => {
  if (renamed.length === 0) return html``;
  const items = renderWithin(renamed, room, ({ from, to }) => html`<li>${shown(from)} is ${shown(to)}</li>`);
  const rest = renamed.length - items.length;
  return html`<h4>${plural(renamed.length, 'column')} known by another name</h4>
<ul class="names">${items}</ul>
${rest === 0 ? html`` : html`<p class="note">and ${count(rest)} more</p>`}`;
};

const newlines: Readonly<Record<CsvDialect['newline'], string>> = { lf: 'LF', crlf: 'CRLF', cr: 'CR' };

const sign = (text: string): SafeHtml =>
  text === '\t' ? html`tab` : text === ' ' ? html`space` : html`<code>${shown(text)}</code>`;

const readFacts = ({
  dialect,
  encoding = 'utf-8',
  bom,
  detected,
  skippedLines = 0,
}: NonNullable<PageReport['readAs']>): readonly Fact[] => {
  const { delimiter, quote, escape: mark = quote, comment, newline } = dialect;
  const form = [
    html`${encoding.toUpperCase()}${bom ? ' with byte order mark' : ''}`,
    html`columns separated by ${sign(delimiter)}`,
    quote === '' ? html`no quotes` : html`quoted by ${sign(quote)}`,
    ...(mark === quote ? [] : [html`escaped by ${sign(mark)}`]),
    ...(comment === undefined ? [] : [html`comments after ${sign(comment)}`]),
    html`lines end in ${newlines[newline]}`,
    ...(skippedLines === 0 ? [] : [html`${plural(skippedLines, 'line')} before the header skipped`]),
    ...(detected === undefined
      ? []
      : [detected.header ? html`the first line names the columns` : html`no line names the columns`]),
  ];
  const list = html`<ul class="plain">${form.map((part) => html`<li>${part}</li>`)}</ul>`;
  if (detected === undefined) return [['Read as', list]];
  const { encoding: e, delimiter: d, quote: q, header: h } = detected.confidence;
  return [
    ['Read as', list],
    ['How we know', `found in the file itself, at least ${Math.floor(Math.min(e, d, q, h) * 100)} % sure`],
  ];
};

const room = { items: 200, bytes: 60_000 };

/** What went out: the output, the rejects, and where they are. */
export const outputSection = (report: PageReport, links: RenderReportOptions['links'] = {}): SafeHtml => {
  const { output, rejects, writtenAs = {}, columns, dryRun = false } = report;
  const { format = 'csv', compression } = writtenAs;
  const names = renderWithin(columns, room, (name) => html`<li>${shown(name)}</li>`);
  const form = `${format === 'csv' ? 'CSV' : 'JSON Lines'}${compression === undefined ? '' : `, packed with ${compression}`}`;
  return html`<section id="output" aria-labelledby="output-title">
<h2 id="output-title">What went out</h2>
${facts([
  ['Output', dryRun ? 'not kept, as this was a dry run' : place(output, links.output, 'output')],
  ['Rows', count(output.rows)],
  ['Form', form],
  ['Size', byteSize(output.bytes)],
  ['Checksum', html`CRC-32 <code>${output.crc32}</code>`],
  rejects === undefined
    ? ['Rejects', 'none']
    : ['Rejects', html`${place(rejects, links.rejects, 'rejects')}, ${plural(rejects.rows, 'row')}`],
  ['Details', place({ object: report.report }, links.report, 'report')],
])}
<h4>${plural(columns.length, 'column')}</h4>
<ul class="names">${names}</ul>
${columns.length > names.length ? html`<p class="note">and ${count(columns.length - names.length)} more</p>` : html``}
${expiry(links)}
</section>`;
};

const place = (
  { object }: Pick<PartRef, 'object'>,
  link: PageLink | undefined,
  option: 'output' | 'rejects' | 'report',
): SafeHtml =>
  link === undefined
    ? html`<code>${shown(s3Text(object), 400)}</code>`
    : html`<a href="${checkUrl(`links.${option}.url`, link.url)}" rel="noreferrer">${linkText(object, link)}</a>`;

/** A file beside the page is called by the name that it has there. */
const linkText = ({ key }: ObjectRef, { url }: PageLink): string =>
  shown(/^[\w.-]+$/.test(url) ? url : fileNameOf(key), 120);

const expiry = (links: NonNullable<RenderReportOptions['links']>): SafeHtml => {
  const ends = Object.values(links).flatMap((link) => (link?.expiresAt === undefined ? [] : [link.expiresAt]));
  if (ends.length === 0) return html``;
  return html`<p class="note">The links work until ${moment(new Date(Math.min(...ends)).toISOString())}.</p>`;
};
