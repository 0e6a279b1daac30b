import type { Step } from './step.ts';
import { formatDuration, padEnd } from './text.ts';

const nameWidth = 10;
/** What is over sooner is told by its end alone. */
const longMs = 1000;
const quarterOf = ({ done = 0, total }: Step): number =>
  total === undefined || total === 0 ? 0 : Math.floor((4 * done) / total);

/** What to say of a change where lines cannot be drawn again: the end of each step, and each quarter of a long one. */
export const plainLines = (before: readonly Step[], after: readonly Step[]): readonly string[] =>
  after.flatMap((step) => {
    const was = before.find(({ name }) => name === step.name);
    const name = padEnd(step.name, nameWidth);
    const details = (step.details ?? []).join(', ');
    const behind = details === '' ? '' : `: ${details}`;
    const time = step.durationMs === undefined ? '' : ` in ${formatDuration(step.durationMs)}`;
    if (step.state === 'done' && was?.state !== 'done') return [`${name}done${time}${behind}`];
    if (step.state === 'failed' && was?.state !== 'failed') return [`${name}failed${time}${behind}`];
    const quarter = quarterOf(step);
    const onTheWay = step.state === 'running' && (step.durationMs ?? 0) >= longMs && quarter > 0 && quarter < 4;
    return onTheWay && quarter > (was === undefined ? 0 : quarterOf(was)) ? [`${name}${quarter * 25} %${behind}`] : [];
  });
