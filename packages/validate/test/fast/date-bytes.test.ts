import { expect, test } from 'vitest';
import { compileRule } from '../../src/index.ts';
import { outcome } from '../precompiled/outcome.ts';

/** Dates and times as bytes, beside what the rule says of them as text. */
const times: readonly (readonly [format: string, text: string, passes: boolean])[] = [
  ['date', '2024-02-29', true],
  ['date', '2023-02-29', false],
  ['date', '2024-0a-01', false],
  ['date', '2024-13-01', false],
  ['time', '09:30:00Z', true],
  ['time', '09:30:00.125+01:00', true],
  ['time', '09:30:00.Z', false],
  ['time', '09:30:00', false],
  ['time', '09:30:00*01:00', false],
  ['time', '09:30:00-0130', true],
  ['time', '09:30:0aZ', false],
  ['time', '24:00:00Z', false],
  ['time', '23:59:60Z', true],
  ['date-time', '2024-02-29T09:30:00Z', true],
  ['date-time', '2024-02-29t09:30:00z', true],
  ['date-time', '2024-02-29 09:30:00Z', true],
  ['date-time', '2024-02-29x09:30:00Z', false],
];

test.each(times)('%s %j is judged on its bytes as its text is', async (format, text, passes) => {
  const rule = compileRule({ properties: { at: { type: 'string', format } } });
  expect(rule.check({ at: text }).ok).toBe(passes);
  const { rows, rejects } = await outcome(rule, ['at'], [[text], [text]]);
  expect([rows.length, rejects.length]).toEqual(passes ? [2, 0] : [0, 2]);
});
