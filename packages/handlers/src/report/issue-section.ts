import type { IssueExample, RepeatedRow } from '@pipeline/merge';
import { html, type SafeHtml } from '@remix-run/html-template';
import { explainIssue, type IssueRow, issueRows } from './explain-issue.ts';
import { shareBar } from './plots.ts';
import { renderWithin } from './render-within.ts';
import { issueCounts, issueExamplesOf, type PageReport, uniqueSummaries } from './sources.ts';
import { count, plural, shown } from './text.ts';

/** As many as get examples. */
const mostIssues = 100;
const room = { items: mostIssues, bytes: 150_000 };
/** So many show their examples without being asked. */
const openIssues = 5;

type Examples = NonNullable<ReturnType<typeof issueExamplesOf>>;

/** What was rejected and why, and what passed with a warning; by column and rule, most frequent first. */
export const issueSections = (report: PageReport, redact: boolean): SafeHtml => {
  const all = issueRows(issueCounts(report));
  const examples = issueExamplesOf(report);
  const repeats = redact ? {} : uniqueSummaries(report);
  const { errors, warnings } = bySeverity(all, examples, report);
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
${issueTable(warnings, 'What was found in rows that passed all the same.', { total: report.rowsRead, kind: 'warn', examples: {}, repeats })}
</section>`
}`;
};

/**
 * Counts do not say whether a row was rejected. Broken rows and failed look-ups always are, repeated ones as their rule has it;
 * of rules, examples are of rejected rows: where they were gathered, what has none is a warning, unless there were more issues
 * than get examples.
 */
const bySeverity = (
  all: readonly IssueRow[],
  examples: Examples | undefined,
  report: PageReport,
): { readonly errors: readonly IssueRow[]; readonly warnings: readonly IssueRow[] } => {
  const repeats = uniqueSummaries(report);
  const told = examples !== undefined && Object.keys(examples).length < mostIssues;
  const rejects = ({ key, code, rule }: IssueRow): boolean => {
    if (code === 'ROW_DUPLICATE') return repeats[rule]?.onDuplicate !== 'warn';
    if (report.rowsRejected === 0) return false;
    return !code.startsWith('RULE_') || !told || examples[key] !== undefined;
  };
  return { errors: all.filter(rejects), warnings: all.filter((row) => !rejects(row)) };
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
${more}</td><td role="cell" class="number">${count(row.rows)}${share}</td></tr>`;
  });
  const rest = rows.slice(shownRows.length);
  return html`<table class="issues" role="table">
<caption>${caption}</caption>
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Column</th><th role="columnheader" scope="col">What is wrong</th><th role="columnheader" scope="col" class="number">Rows</th></tr></thead>
<tbody role="rowgroup">${shownRows}</tbody>
</table>
${rest.length === 0 ? html`` : html`<p class="note">and ${plural(rest.length, 'issue')} more, each in ${plural(rest[0]!.rows, 'row')} at most; the report file has them all</p>`}`;
};

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
