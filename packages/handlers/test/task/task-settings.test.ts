import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyTaskSettings, settingsVariable } from '../../src/index.ts';

const applied = (env: Record<string, string | undefined>) => {
  applyTaskSettings(env);
  return env;
};

test('settings become variables; those that are set already stay', () => {
  const settings = 'BUCKET=orders\nDELIMITER=;\nEMPTY=\nQUERY=a=b\n';
  expect(applied({ [settingsVariable]: settings, DELIMITER: ',' })).toEqual({
    ...{ [settingsVariable]: settings, BUCKET: 'orders', DELIMITER: ',', EMPTY: '', QUERY: 'a=b' },
  });
});

test('any value of one line comes out as it went in: tabs, quotes, backslashes', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.stringMatching(/^[A-Z_]{1,8}$/),
        fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\n', ' ')),
      ),
      (variables) => {
        const text = Object.entries(variables)
          .map(([name, value]) => `${name}=${value}`)
          .join('\n');
        expect(applied({ [settingsVariable]: text })).toEqual({ ...variables, [settingsVariable]: text });
      },
    ),
  );
});

test('without settings nothing changes', () => {
  expect(applied({ A: 'a' })).toEqual({ A: 'a' });
  expect(applied({ A: 'a', [settingsVariable]: '' })).toEqual({ A: 'a', [settingsVariable]: '' });
});

test('a line that is no setting is refused, and not quoted', () => {
  const wrong = () => applied({ [settingsVariable]: 'A=a\nsecret' });
  expect(wrong).toThrow(/CONFIG_INVALID.*6 characters.*line 2/);
  expect(wrong).not.toThrow(/secret/);
});
