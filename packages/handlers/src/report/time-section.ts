import { html, type SafeHtml } from '@remix-run/html-template';
import { estimateCost, type StageName } from './estimate-cost.ts';
import { listPrices, type RenderReportOptions } from './options.ts';
import { shareBar } from './plots.ts';
import type { PageReport } from './sources.ts';
import { count, dollars, plural } from './text.ts';

/** A duration as people say it. */
export const duration = (ms: number): string => {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
};

const meanings: Readonly<Record<StageName, string>> = {
  split: 'the file is read once to find where to cut it',
  process: 'rows are checked, completed and written, chunks side by side',
  resolve: 'what concerns the whole file is brought together',
  merge: 'chunks become one file, and everything is counted again',
};

/** With fewer rows, what a batch costs whatever its size would be told of each of them. */
const fewRows = 100_000;

/** Time and estimated cost by stage. */
export const timeSection = (
  report: PageReport,
  { memoryMb = 1024, prices = listPrices }: RenderReportOptions,
): SafeHtml => {
  const { stageMs, processMs, chunkCount, rowsRead, durationMs } = report;
  const costs = estimateCost(report, memoryMb, prices);
  const total = costs.reduce((sum, { dollars: each }) => sum + each, 0);
  const longest = Math.max(1, ...Object.values(stageMs ?? {}));
  const speed =
    rowsRead > 0 && durationMs > 0 ? `, ${count(Math.round(rowsRead / (durationMs / 1000)))} rows a second` : '';
  return html`<section id="time" aria-labelledby="time-title">
<h2 id="time-title">Time and cost</h2>
<p>${duration(durationMs)} in all${speed}. The work on ${plural(chunkCount, 'chunk')} adds up to ${duration(processMs)}. Estimated cost on AWS: <strong>${dollars(total)}</strong>${rowsRead >= fewRows ? html`, ${dollars((total / rowsRead) * 1_000_000)} per million rows like these` : html``}.</p>
<table>
<caption>By stage</caption>
<thead><tr><th scope="col">Stage</th><th scope="col" class="number">Time</th><th scope="col" class="number">Estimated cost</th></tr></thead>
<tbody>${costs.map(({ stage, dollars: each }) => {
    const ms = stageMs?.[stage];
    return html`
<tr><th scope="row">${stage}<br><span class="muted">${meanings[stage]}</span>${ms === undefined ? html`` : shareBar(ms / longest)}</th><td class="number">${ms === undefined ? 'not told' : duration(ms)}</td><td class="number">${dollars(each)}</td></tr>`;
  })}</tbody>
</table>
<p class="note">The cost is an estimate: ${prices.source}; functions of ${count(memoryMb)} MB for as long as the stages took, their calls, state transitions and S3 requests. Retries, look-ups, storage, logs and mail are not in it.</p>
</section>`;
};
