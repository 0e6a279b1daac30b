import { headerSafe } from './notifier.ts';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text that is safe between tags and in quoted attributes. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character]!);

/** One row of the facts table in a mail. */
export type Fact = readonly [label: string, value: string];

/** Facts whose values, names of files and columns among them, cannot pretend to be lines of their own. */
export const safeFacts = (facts: readonly Fact[]): readonly Fact[] =>
  facts.map(([label, value]) => [headerSafe(label), headerSafe(value)]);

/** A plain mail page: heading, facts, links, closing lines. Everything is escaped here. */
export const mailPage = (parts: {
  readonly heading: string;
  readonly facts: readonly Fact[];
  readonly links: readonly { readonly label: string; readonly url: string }[];
  readonly lines: readonly string[];
}): string => {
  const row = ([label, value]: Fact): string =>
    `<tr><td style="padding:2px 16px 2px 0;color:#555">${escapeHtml(label)}</td><td style="padding:2px 0">${escapeHtml(value)}</td></tr>`;
  return [
    '<!doctype html><html lang="en"><meta charset="utf-8"><body style="font-family:system-ui,sans-serif;font-size:15px;line-height:1.5;color:#111">',
    `<h1 style="font-size:18px">${escapeHtml(parts.heading)}</h1>`,
    `<table style="border-collapse:collapse">${parts.facts.map(row).join('')}</table>`,
    ...parts.links.map(({ label, url }) => `<p><a href="${escapeHtml(url)}">${escapeHtml(label)}</a></p>`),
    ...parts.lines.map((line) => `<p>${escapeHtml(line)}</p>`),
    '</body></html>',
  ].join('\n');
};
