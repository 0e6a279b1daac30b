import { expect, test } from 'vitest';
import { applyTaskSettings, settingsVariable } from '../../src/index.ts';
import { codeOf } from '../helpers.ts';

const applied = (env: Record<string, string | undefined>) => {
  applyTaskSettings(env);
  return env;
};

test('settings become variables; those that are set already stay', () => {
  const settings = JSON.stringify({ BUCKET: 'orders', DELIMITER: ';', EMPTY: '' });
  expect(applied({ [settingsVariable]: settings, DELIMITER: ',' })).toMatchObject({
    ...{ BUCKET: 'orders', DELIMITER: ',', EMPTY: '' },
  });
});

test('without settings nothing changes', () => {
  expect(applied({ A: 'a' })).toEqual({ A: 'a' });
  expect(applied({ A: 'a', [settingsVariable]: '' })).toEqual({ A: 'a', [settingsVariable]: '' });
});

test('what is no JSON object of texts is refused, and not quoted', async () => {
  for (const wrong of ['secret', '7', 'null', '{"A":7}'])
    expect(await codeOf((async () => applied({ [settingsVariable]: wrong }))())).toBe('CONFIG_INVALID');
  expect(() => applied({ [settingsVariable]: 'secret' })).not.toThrow(/secret/);
  expect(() => applied({ [settingsVariable]: 'secret' })).toThrow(/6 characters/);
});
