import { fileNameOf } from '@pipeline/core';
import { html, type SafeHtml } from '@remix-run/html-template';
import { segments } from './plots.ts';
import type { PageReport } from './sources.ts';
import { count, percent, plural, shown } from './text.ts';
import { duration } from './time-section.ts';

/** The title of the page. */
export const titleOf = ({ source }: PageReport): string => shown(fileNameOf(source.key), 120);

/** What became of the file, in one sentence and four figures. */
export const summarySection = (report: PageReport): SafeHtml => {
  const { rowsRead, rowsWritten, rowsRejected, durationMs, dryRun = false } = report;
  const share = (rows: number): SafeHtml =>
    rowsRead === 0 ? html`` : html` <small>${percent(rows / rowsRead)}</small>`;
  return html`<section id="summary" aria-labelledby="summary-title">
<h2 id="summary-title">In short</h2>
<p class="lede">${sentence(report)}</p>
${dryRun ? html`<p><strong>This was a dry run:</strong> the rows were validated only, and the output was not kept.</p>` : html``}
<dl class="figures">
<div><dt>Rows that came in</dt><dd>${count(rowsRead)}</dd></div>
<div class="good"><dt>Rows that went out</dt><dd>${count(rowsWritten)}${share(rowsWritten)}</dd></div>
<div class="bad"><dt>Rows rejected</dt><dd>${count(rowsRejected)}${share(rowsRejected)}</dd></div>
<div><dt>Time</dt><dd>${duration(durationMs)}</dd></div>
</dl>
${segments('Rows', [
  { label: 'went out', value: rowsWritten, tone: 3 },
  { label: 'rejected', value: rowsRejected, tone: 2 },
])}
</section>`;
};

const sentence = ({ rowsRead, rowsWritten, rowsRejected }: PageReport): string => {
  if (rowsRead === 0) return 'The file has no rows, so the output has none.';
  if (rowsRejected === 0)
    return rowsRead === 1 ? 'The one row passed.' : `All ${plural(rowsRead, 'row')} passed; none was rejected.`;
  if (rowsWritten === 0) return `None of the ${plural(rowsRead, 'row')} passed: all were rejected.`;
  return `${count(rowsWritten)} of ${plural(rowsRead, 'row')} passed; ${count(rowsRejected)} ${rowsRejected === 1 ? 'was' : 'were'} rejected and can be mended and sent again.`;
};
