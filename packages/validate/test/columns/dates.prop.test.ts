import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ColumnOptions, compileRule } from '../../src/index.ts';

const reader = (column: ColumnOptions) => {
  const rule = compileRule<{ a: unknown }>({ properties: { a: { type: 'string' } } }, { columns: { a: column } });
  return (text: string): unknown => {
    const outcome = rule.check({ a: text });
    return outcome.ok ? outcome.value.a : undefined;
  };
};

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (value: number): string => String(value).padStart(2, '0');
/** Formats and how a day is written in them. */
const written: Readonly<Record<string, (year: number, month: number, day: number) => string>> = {
  'YYYY-MM-DD': (y, m, d) => `${y}-${two(m)}-${two(d)}`,
  YYYYMMDD: (y, m, d) => `${y}${two(m)}${two(d)}`,
  'M/D/YY': (y, m, d) => `${m}/${d}/${two(y % 100)}`,
  'DD.MM.YYYY': (y, m, d) => `${two(d)}.${two(m)}.${y}`,
  'D-MMM-YYYY': (y, m, d) => `${d}-${months[m - 1]}-${y}`,
};

describe.each(Object.entries(written))('dates written as %s', (format, write) => {
  const read = reader({ date: format });

  it('every day of the years that two digits can mean comes back, and no other day exists', () => {
    for (let year = 1970; year < 2070; year++)
      for (let month = 0; month <= 13; month++)
        for (let day = 0; day <= 32; day++) {
          const text = month >= 1 && month <= 12 ? write(year, month, day) : write(year, 1, day).replace('Jan', 'Xxx');
          if (month < 1 || month > 12) continue;
          const real = new Date(Date.UTC(year, month - 1, day));
          const exists = real.getUTCMonth() === month - 1 && real.getUTCDate() === day;
          const iso = exists ? real.toISOString().slice(0, 10) : undefined;
          if (read(text) !== iso) expect([text, read(text)]).toEqual([text, iso]);
        }
  });

  it('other texts are refused', () => {
    const like = fc.stringMatching(/^[0-9a-zA-Z/. -]{1,12}$/);
    fc.assert(
      fc.property(fc.oneof(fc.string({ minLength: 1 }), like), (text) => {
        const value = read(text);
        if (value === undefined) return;
        const [year, month, day] = String(value).split('-').map(Number) as [number, number, number];
        const plain = (part: string): string => part.toLowerCase().replaceAll(/(?<!\d)0(?=\d)/g, '');
        expect(plain(text)).toBe(plain(write(year, month, day)));
      }),
      { seed: 20_261, numRuns: 2_000 },
    );
  });

  it('nothing may stand before or behind them', () => {
    const text = write(2024, 2, 29);
    for (const other of [` ${text}`, `${text} `, `${text}0`, `${text}\n`, `x${text}`, text.slice(0, -1)])
      expect(other.length > 1 && read(other)).not.toBe('2024-02-29');
  });
});

describe('times', () => {
  it('every minute of a day comes back, with seconds and zone where the format has them', () => {
    const short = reader({ time: 'H:mm' });
    const stamp = reader({ dateTime: 'YYYY-MM-DDTHH:mm:ss.SZ' });
    for (let hour = 0; hour < 25; hour++)
      for (let minute = 0; minute < 61; minute++) {
        const exists = hour < 24 && minute < 60;
        expect(short(`${hour}:${two(minute)}`)).toBe(exists ? `${two(hour)}:${two(minute)}:00` : undefined);
        const text = `2024-02-29T${two(hour)}:${two(minute)}:07.120+05:30`;
        expect(stamp(text)).toBe(exists ? text : undefined);
      }
  });
});
