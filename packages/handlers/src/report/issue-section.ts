import { formatHint, type IssueCode, issueCodes } from '@pipeline/core';
import type { IssueExample, RepeatedRow } from '@pipeline/merge';
import { html, type SafeHtml } from '@remix-run/html-template';
import { explainIssue, type IssueRow, issueRows } from './explain-issue.ts';
import { shareBar } from './plots.ts';
import { renderWithin } from './render-within.ts';
import { issueCounts, issueExamplesOf, type PageReport, uniqueSummaries, warningCounts } from './sources.ts';
import { count, plural, shown } from './text.ts';

/** As many as get examples. */
const mostIssues = 100;
const room = { items: mostIssues, bytes: 150_000 };
/** So many show their examples without being asked. */
const openIssues = 5;

type Examples = NonNullable<ReturnType<typeof issueExamplesOf>>;

/** What was rejected and why, and what passed with a warning; by column and rule, most frequent first. */
export const issueSections = (report: PageReport, redact: boolean): SafeHtml => {
  const errors = issueRows(issueCounts(report));
  const warnings = issueRows(warningCounts(report));
  const examples = issueExamplesOf(report);
  const repeats = redact ? {} : uniqueSummaries(report);
  return html`<section id="rejects" aria-labelledby="rejects-title">
<h2 id="rejects-title">What was rejected and why</h2>
${
  errors.length === 0
    ? html`<p>${report.rowsRejected === 0 ? 'No row was rejected.' : 'The report does not say why.'}</p>`
    : issueTable(
        errors,
        'Rows by column and rule. A row may break several rules, so they may add up to more than the rejected rows.',
        {
          total: report.rowsRead,
          kind: 'bad',
          examples: redact ? {} : (examples ?? {}),
          repeats,
        },
      )
}
${redact ? html`<p class="note">Row content is left out of this page.</p>` : html``}
</section>
${
  warnings.length === 0
    ? html``
    : html`<section id="warnings" aria-labelledby="warnings-title">
<h2 id="warnings-title">Warnings</h2>
${issueTable(warnings, 'What was found in rows and rejects none by itself.', { total: report.rowsRead, kind: 'warn', examples: {}, repeats })}
</section>`
}`;
};

interface TableParts {
  readonly total: number;
  readonly kind: 'bad' | 'warn';
  readonly examples: Examples;
  /** By rule. */
  readonly repeats: ReturnType<typeof uniqueSummaries>;
}

/** A phone lays its rows out anew, by which browsers would forget that it is a table: so the roles are said. */
const issueTable = (
  rows: readonly IssueRow[],
  caption: string,
  { total, kind, examples, repeats }: TableParts,
): SafeHtml => {
  const most = Math.max(1, rows[0]!.rows);
  const shownRows = renderWithin(rows, room, (row, index) => {
    const open = index < openIssues;
    const more =
      row.code === 'ROW_DUPLICATE'
        ? exampleList(repeats[row.rule]?.examples ?? [], repeatItem, open)
        : exampleList(examples[row.key] ?? [], exampleItem, open);
    const share = total === 0 ? html`` : html`<br><span class="muted">${shareOf(row.rows, total)}</span>`;
    return html`
<tr role="row"><th role="rowheader" scope="row">${row.column === '' ? 'Whole row' : shown(row.column)}</th><td role="cell">${explainIssue(row)} <span class="muted">(${shown(row.rule)})</span>
${shareBar(row.rows / most, kind)}
${hintOf(row, examples[row.key])}${more}</td><td role="cell" class="number">${count(row.rows)}${share}</td></tr>`;
  });
  const rest = rows.slice(shownRows.length);
  return html`<table class="issues" role="table">
<caption>${caption}</caption>
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Column</th><th role="columnheader" scope="col">What is wrong</th><th role="columnheader" scope="col" class="number">Rows</th></tr></thead>
<tbody role="rowgroup">${shownRows}</tbody>
</table>
${rest.length === 0 ? html`` : html`<p class="note">and ${plural(rest.length, 'issue')} more, each in ${plural(rest[0]!.rows, 'row')} at most; the report file has them all</p>`}`;
};

/** What to do: as the rule has it, or as all rules of its kind have it. */
const hintOf = ({ code, rule, column }: IssueRow, examples: readonly IssueExample[] = []): SafeHtml => {
  const own = examples.find(({ hint }) => hint !== undefined)?.hint;
  const hint = own ?? (isIssueCode(code) ? formatHint(code, { rule, column }) : undefined);
  return hint === undefined ? html`` : html`<p class="hint">What to do: ${shown(hint, 200)}</p>`;
};

const isIssueCode = (code: string): code is IssueCode => (issueCodes as readonly string[]).includes(code);

const shareOf = (rows: number, total: number): string => {
  const share = (rows / total) * 100;
  return share < 0.1 ? '< 0.1 %' : `${share.toFixed(1)} %`;
};

const exampleList = <T>(examples: readonly T[], itemOf: (example: T) => SafeHtml, open: boolean): SafeHtml =>
  examples.length === 0
    ? html``
    : html`<details class="more"${open ? html` open` : html``}><summary>${plural(examples.length, 'example')}</summary><ul>${examples.map(itemOf)}</ul></details>`;

const exampleItem = ({ row, offset, value, message }: IssueExample): SafeHtml =>
  html`<li>row ${count(row)} <span class="muted">(byte ${count(offset)})</span>${value === undefined ? html`` : html`: <span class="value">${value === '' ? '(empty)' : shown(value)}</span>`}${message === undefined ? html`` : html` ${shown(message, 200)}`}</li>`;

const repeatItem = ({ row, first }: RepeatedRow): SafeHtml =>
  html`<li>row ${count(row)} repeats row ${count(first)}</li>`;
