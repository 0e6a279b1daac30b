import type { BatchStatus } from '@pipeline/handlers';
import { formatCount, printable } from '../progress/text.ts';

/** How far a batch is, for people. */
export const statusText = ({ batchId, status, startedAt, stoppedAt, redrives, error, maps }: BatchStatus): string => {
  const lines: readonly (readonly [string, string])[] = [
    ['batch', batchId ?? 'unknown'],
    ['status', status.toLowerCase()],
    ...(error === null ? [] : [['because', printable(error)] as const]),
    ...(startedAt === null ? [] : [['started', startedAt] as const]),
    ...(stoppedAt === null ? [] : [['ended', stoppedAt] as const]),
    ...(redrives === 0 ? [] : [['redrives', formatCount(redrives)] as const]),
    ...maps.map(({ label, total, succeeded, running, failed }) => {
      const others = [
        ...(running === 0 ? [] : [`${formatCount(running)} running`]),
        ...(failed === 0 ? [] : [`${formatCount(failed)} failed`]),
      ];
      const share = total === 0 ? '' : ` (${Math.floor((100 * succeeded) / total)} %)`;
      return [label, [`${formatCount(succeeded)} of ${formatCount(total)}${share}`, ...others].join(', ')] as const;
    }),
  ];
  return `${lines.map(([label, text]) => `${label.padEnd(13)}${text}`).join('\n')}\n`;
};
