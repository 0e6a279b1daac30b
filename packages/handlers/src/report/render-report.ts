import { createHash } from 'node:crypto';
import { type BatchReport, PipelineConfigError } from '@pipeline/core';
import { html } from '@remix-run/html-template';
import { inputSection, outputSection } from './files-section.ts';
import { issueSections } from './issue-section.ts';
import type { RenderReportOptions } from './options.ts';
import { profileSection } from './profile-section.ts';
import { columnProfiles, type PageReport } from './sources.ts';
import { styleSheet, usualColors } from './style.ts';
import { summarySection, titleOf } from './summary-section.ts';
import { moment, shown } from './text.ts';
import { timeSection } from './time-section.ts';

/**
 * The page of a batch: what came in, what went out, what was rejected and why, what the columns hold, time and cost. One HTML
 * document that asks for nothing else, runs no script, and stays below 1 MB whatever the batch; everything is escaped.
 *
 * @throws PipelineConfigError `CONFIG_INVALID`
 * @example
 * const page = renderReport(report, { redact: true, links: { output: { url: 'orders.csv' } } });
 */
export const renderReport = (report: BatchReport, options: RenderReportOptions = {}): string => {
  checkOptions(options);
  const { redact = false, links, brand = {} } = options;
  const title = titleOf(report);
  const style = styleSheet(brand.color ?? usualColors);
  const sections = [
    ['summary', 'In short'],
    ['rejects', 'Rejected'],
    ['input', 'Came in'],
    ['output', 'Went out'],
    ...((columnProfiles(report) ?? []).length === 0 ? [] : [['columns', 'Columns']]),
    ['time', 'Time and cost'],
  ] as const;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '${html.raw`${hashOf(style)}`}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${title}: report</title>
<style>${html.raw`${style}`}</style>
</head>
<body>
<a class="skip" href="#summary">Skip to the report</a>
<header>
${brand.name === undefined ? html`` : html`<p class="brand">${shown(brand.name)}</p>`}
<h1>${title}</h1>
<p class="muted">Processed ${moment(report.finishedAt)}${report.revision > 1 ? `, revision ${report.revision}` : ''}</p>
<nav aria-label="On this page"><ul>${sections.map(([id, name]) => html`<li><a href="#${id!}">${name!}</a></li>`)}</ul></nav>
</header>
<main>
${summarySection(report)}
${issueSections(report, redact)}
<div class="two">${inputSection(report)}
${outputSection(report as PageReport, links)}</div>
${profileSection(report, redact)}
${timeSection(report, options)}
</main>
<footer><p>Batch <code>${shown(report.batchId)}</code>, revision ${report.revision}, from ${moment(report.startedAt)} to ${moment(report.finishedAt)}. All times are UTC.</p></footer>
</body>
</html>
`;
  return String(page);
};

/** The one style sheet that the policy lets in. */
const hashOf = (style: string): string => `sha256-${createHash('sha256').update(style).digest('base64')}`;

const checkOptions = ({ memoryMb = 1024, brand, prices }: RenderReportOptions): void => {
  const refuse = (option: string, expected: string, got: unknown): never => {
    throw new PipelineConfigError('CONFIG_INVALID', { option, expected, got: String(got) });
  };
  if (!Number.isInteger(memoryMb) || memoryMb < 128 || memoryMb > 10_240)
    refuse('memoryMb', 'a whole number from 128 to 10240', memoryMb);
  for (const [scheme, color] of Object.entries(brand?.color ?? {}))
    if (!/^#[0-9a-f]{6}$/i.test(color)) refuse(`brand.color.${scheme}`, 'a colour as #rrggbb', color);
  for (const [name, price] of Object.entries(prices ?? {}))
    if (name !== 'source' && !(Number.isFinite(price) && (price as number) >= 0))
      refuse(`prices.${name}`, 'a number from 0', price);
};
