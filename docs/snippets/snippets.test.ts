import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const region = (source: string, name: string): string => {
  const [, body] = new RegExp(`// #region ${name}\\n([\\s\\S]*?)// #endregion`).exec(source) ?? [];
  return (body ?? '').trim();
};

test('the sentence of the README is code that runs, and is the compiled snippet to the letter', async () => {
  const snippet = region(readFileSync(new URL('./sentence.ts', import.meta.url), 'utf8'), 'sentence');
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  expect(snippet).not.toBe('');
  expect(readme).toContain(snippet);

  const { report } = await import('./sentence.ts');
  expect(report).toMatchObject({ rowsRead: 3, rowsWritten: 1, rowsRejected: 2, columns: ['id', 'customerId', 'tier'] });
  const { sent } = await import('./surroundings.ts');
  expect(sent).toHaveLength(1);
});

test.each(['policies', 'function', 'dynamodb', 'http', 'http-batch', 'files'])(
  'the snippet "%s" of the look-ups is the compiled one to the letter',
  (name) => {
    const source = readFileSync(new URL('./look-ups.ts', import.meta.url), 'utf8').replaceAll(/^ {2}/gm, '');
    const snippet = region(source, name);
    expect(snippet).not.toBe('');
    expect(readFileSync(new URL('../look-ups.md', import.meta.url), 'utf8')).toContain(snippet);
  },
);
