import type { Step } from './step.ts';
import type { Style } from './style.ts';
import { fit, padEnd, padStart, widthOf } from './text.ts';

const nameWidth = 9;
const timeWidth = 7;

/** Steps as lines of a terminal, each at most `width` columns. */
export const renderSteps = (steps: readonly Step[], style: Style, width: number): readonly string[] =>
  steps.map((step) => renderStep(step, style, width));

const renderStep = (step: Step, style: Style, width: number): string => {
  const { symbols } = style;
  const name = padEnd(step.name, nameWidth);
  const time = padStart(step.durationMs === undefined ? '' : shortDuration(step.durationMs), timeWidth);
  const room = Math.max(0, width - 1 - 4 - nameWidth - timeWidth - 2);
  const details = (step.details ?? []).join(', ');
  if (step.state === 'waiting') return style.dim(`  ${symbols.waiting} ${step.name}`);
  if (step.state === 'failed')
    return `  ${style.bad(symbols.failed)} ${style.bad(name)}${style.dim(time)}  ${fit(details, room)}`.trimEnd();
  if (step.state === 'done')
    return `  ${style.good(symbols.done)} ${name}${style.dim(time)}  ${style.dim(fit(details, room))}`.trimEnd();

  // Of one width as long as the details fit beside it, so that it does not twitch as they grow.
  const barWidth = Math.max(8, Math.min(32, width - 68, room - widthOf(details) - 3));
  const bar =
    step.total === undefined || step.total === 0 || room < barWidth + 3 ? '' : `${drawBar(step, style, barWidth)}   `;
  const rest = fit(details, bar === '' ? room : room - barWidth - 3);
  return `  ${style.accent(symbols.running)} ${style.bold(name)}${style.dim(time)}  ${bar}${rest}`.trimEnd();
};

/** Of one width up to an hour. */
const shortDuration = (ms: number): string => {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
};

/** What is done, what is in work, what is to come. Never full before the last part is done. */
const drawBar = ({ done = 0, active = 0, total = 0 }: Step, { symbols, accent, dim }: Style, width: number): string => {
  const cells = (parts: number): number => Math.floor((Math.min(parts, total) / total) * width);
  const full = cells(done);
  const busy = Math.max(cells(done + active) - full, active > 0 && full < width ? 1 : 0);
  return (
    accent(symbols.full.repeat(full)) +
    accent(symbols.active.repeat(busy)) +
    dim(symbols.empty.repeat(width - full - busy))
  );
};
