import type { ColumnProfile, ValueKind } from '@pipeline/core';
import { html, type SafeHtml } from '@remix-run/html-template';
import { histogram, segments, shareBar } from './plots.ts';
import { renderWithin } from './render-within.ts';
import { columnProfiles, type PageReport } from './sources.ts';
import { count, percent, plural, quantity, shown } from './text.ts';

const room = { items: 100, bytes: 400_000 };
const mostTop = 5;
const mostPatterns = 3;

/** What the columns of the output hold, one card each; nothing where they were not profiled. */
export const profileSection = (report: PageReport, redact: boolean): SafeHtml => {
  const profiles = columnProfiles(report);
  if (profiles === undefined || profiles.length === 0) return html``;
  const cards = renderWithin(profiles, room, (profile) => profileCard(profile, redact));
  const rest = profiles.length - cards.length;
  return html`<section id="columns" aria-labelledby="columns-title">
<h2 id="columns-title">What the columns hold</h2>
<p class="note">${rowsOf(profiles, report)} Numbers of different values, spreads and most frequent values are estimates.</p>
<div class="profiles">${cards}</div>
${rest === 0 ? html`` : html`<p class="note">and ${plural(rest, 'column')} more; the report file has them all</p>`}
</section>`;
};

/** Profiles are made while rows are processed: what is taken out at the barrier or comes in by a replay, they do not know. */
const rowsOf = (profiles: readonly ColumnProfile[], { rowsWritten }: PageReport): string => {
  const seen = Math.max(...profiles.map((profile) => profile.count));
  return seen === rowsWritten
    ? 'Of the rows that went out.'
    : `Of the ${plural(seen, 'row')} that passed at first, before repeated rows were taken out or mended ones came in; ${plural(rowsWritten, 'row')} went out.`;
};

const tones: Readonly<Record<ValueKind, number>> = {
  integer: 1,
  number: 6,
  boolean: 5,
  date: 3,
  time: 3,
  'date-time': 3,
  text: 7,
};

const kindNames: Readonly<Record<ValueKind, string>> = {
  integer: 'whole number',
  number: 'number',
  boolean: 'yes or no',
  date: 'date',
  time: 'time',
  'date-time': 'date and time',
  text: 'text',
};

const profileCard = (profile: ColumnProfile, redact: boolean): SafeHtml => {
  const { name, count: all, empty, distinct, kinds, length } = profile;
  const title = shown(name);
  const share = all === 0 ? 0 : (all - empty) / all;
  return html`
<article><h3>${title}</h3>
<p class="muted">${empty === 0 ? 'never empty' : `${percent(empty / Math.max(1, all))} empty`}, about ${plural(distinct, 'different value')}</p>
${shareBar(share)}
<h4>Looks like</h4>
${segments(
  `Kinds of ${title}`,
  (Object.entries(kinds) as [ValueKind, number][])
    .filter(([, value]) => value > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([kind, value]) => ({ label: kindNames[kind] ?? shown(kind), value, tone: tones[kind] ?? 7 })),
)}
${length === undefined ? html`` : html`<p class="muted">${spanOf(length.min, length.max)} long, ${quantity(length.mean)} on average</p>`}
${redact ? html`` : contentOf(profile, title)}</article>`;
};

const spanOf = (min: number, max: number): string =>
  min === max ? plural(min, 'character') : `${count(min)} to ${plural(max, 'character')}`;

/** What shows the values themselves. */
const contentOf = ({ range, numbers, top, patterns, count: all }: ColumnProfile, title: string): SafeHtml =>
  html`${
    numbers === undefined
      ? html``
      : html`<h4>Numbers</h4>${histogram(title, numbers)}
<p class="muted">${quantity(numbers.min)} to ${quantity(numbers.max)}, mean ${quantity(numbers.mean)} ± ${quantity(numbers.standardDeviation)}</p>`
  }${
    numbers !== undefined || range === undefined
      ? html``
      : html`<h4>From and to</h4><p><span class="value">${shown(range.min, 40)}</span> to <span class="value">${shown(range.max, 40)}</span></p>`
  }${
    top === undefined || top.length === 0
      ? html``
      : html`<h4>Most frequent</h4>${frequencies(
          top.slice(0, mostTop).map(({ value, count: times }) => ({ text: value, times })),
          all,
          `Most frequent values of ${title}`,
        )}`
  }${
    patterns.length === 0
      ? html``
      : html`<h4>Shapes</h4>${frequencies(
          patterns.slice(0, mostPatterns).map(({ pattern, count: times }) => ({ text: pattern, times })),
          all,
          `Shapes of ${title}; 9 is a digit, a and A are letters`,
        )}`
  }`;

const frequencies = (
  rows: readonly { readonly text: string; readonly times: number }[],
  all: number,
  caption: string,
): SafeHtml => html`<table class="top"><caption class="out">${caption}</caption>
<thead class="out"><tr><th scope="col">Value</th><th scope="col">Share</th><th scope="col">Rows</th></tr></thead>
<tbody>${rows.map(
  ({ text, times }) =>
    html`<tr><th scope="row"><span class="value">${text === '' ? '(empty)' : shown(text, 40)}</span></th><td>${shareBar(times / Math.max(1, all))}</td><td class="number">${count(times)}</td></tr>`,
)}</tbody></table>`;
