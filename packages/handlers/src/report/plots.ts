import type { NumberProfile } from '@pipeline/core';
import { html, type SafeHtml } from '@remix-run/html-template';
import { scaleLinear } from 'd3-scale';
import { count, percent, quantity } from './text.ts';

// Plots are static SVG without style attributes, which the page's security policy would refuse. Each has its text.

/** A share of a whole as a bar; the text beside it says the same. */
export const shareBar = (share: number, kind = 'plain'): SafeHtml => {
  const x = scaleLinear([0, 1], [0, 100]).clamp(true);
  const width = share > 0 ? Math.max(0.6, x(share)) : 0;
  return html`<svg class="bar ${kind}" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="6"/><rect class="fill" width="${round(width)}" height="6"/></svg>`;
};

/** A part of a whole. */
export interface Segment {
  readonly label: string;
  readonly value: number;
  /** Which colour of the page it has, from 1. */
  readonly tone: number;
}

/** Parts of a whole side by side, with a legend that says how many each has. */
export const segments = (label: string, parts: readonly Segment[]): SafeHtml => {
  const total = parts.reduce((sum, { value }) => sum + value, 0);
  if (total === 0) return html``;
  const x = scaleLinear([0, total], [0, 100]);
  let before = 0;
  const drawn = parts.map(({ value, tone }) => {
    const from = x(before);
    before += value;
    // So little that it would not be seen is drawn all the same.
    const width = Math.max(value > 0 ? 0.8 : 0, x(before) - from);
    return html`<rect class="tone-${tone}" x="${round(Math.min(from, 100 - width))}" width="${round(width)}" height="8"/>`;
  });
  const told = parts.map(({ label: name, value }) => `${name} ${percent(value / total)}`).join(', ');
  return html`<svg class="segments" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="${label}: ${told}">${drawn}</svg>
<ul class="legend" aria-hidden="true">${parts.map(
    ({ label: name, value, tone }) =>
      html`<li><svg class="key" viewBox="0 0 8 8"><rect class="tone-${tone}" width="8" height="8"/></svg>${name} ${percent(value / total)}</li>`,
  )}</ul>`;
};

const size = { width: 260, height: 76, base: 60 } as const;
const mostBins = 40;
/** Below it the arithmetic of ticks ends. */
const leastSpan = 1e-290;

/** How the numbers of a column are spread; nothing where that is one number or none can tell. */
export const histogram = (name: string, { histogram: all }: NumberProfile): SafeHtml => {
  const bins = all.slice(0, mostBins);
  const from = bins[0]?.from ?? 0;
  const to = bins.at(-1)?.to ?? 0;
  const span = to - from;
  if (bins.length < 2 || !(span > leastSpan) || !Number.isFinite(span)) return html``;
  const x = scaleLinear([from, to], [1, size.width - 1]).clamp(true);
  // The area of a bar is its count, as bins differ in width; one of no width is drawn as a line.
  const least = 1.5;
  const widths = bins.map((bin) => Math.max(least, x(bin.to) - x(bin.from)));
  const density = bins.map((bin, index) => bin.count / widths[index]!);
  const densest = Math.max(...density);
  if (!(densest > 0)) return html``;
  const y = scaleLinear([0, densest], [size.base, 4]);
  const bars = bins.map((bin, index) => {
    const top = bin.count > 0 ? Math.min(y(density[index]!), size.base - 1) : size.base;
    const width = Math.max(least, widths[index]! - 1);
    return html`<rect class="fill" x="${round(x(bin.from))}" y="${round(top)}" width="${round(width)}" height="${round(size.base - top)}"/>`;
  });
  const ticks = x.ticks(4);
  const format = x.tickFormat(4, '~s');
  const labels = ticks.map((tick) => {
    const at = x(tick);
    const anchor = at < 20 ? 'start' : at > size.width - 20 ? 'end' : 'middle';
    return html`<line x1="${round(at)}" x2="${round(at)}" y1="${size.base}" y2="${size.base + 4}"/><text x="${round(at)}" y="${size.height - 2}" text-anchor="${anchor}">${format(tick)}</text>`;
  });
  const peak = bins[density.indexOf(densest)]!;
  const text = `Histogram of ${name}: ${quantity(from)} to ${quantity(to)}, most dense from ${quantity(peak.from)} to ${quantity(peak.to)} with about ${count(Math.round(peak.count))} values`;
  return html`<svg class="histogram" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${text}">${bars}<line x1="0" x2="${size.width}" y1="${size.base}" y2="${size.base}"/>${labels}</svg>`;
};

/** A hundredth of a unit is less than anyone sees. */
const round = (value: number): number => Math.round(value * 100) / 100;
