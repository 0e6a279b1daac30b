import { readFileSync } from 'node:fs';
import { errorCodes, issueCodes } from '@pipeline/core';
import { expect, test } from 'vitest';

const page = readFileSync(new URL('../errors.md', import.meta.url), 'utf8');
const rows = page.split('\n').filter((line) => line.startsWith('| `'));

test.each([...errorCodes, ...issueCodes])('docs/errors.md says what %s means and what to do', (code) => {
  expect(rows.filter((line) => line.startsWith(`| \`${code}\` |`))).toHaveLength(1);
});

test.each(errorCodes)('docs/errors.md lists %s under the name of its error', (code) => {
  expect(rows.filter((line) => line.startsWith('| `Pipeline') && line.includes(`\`${code}\``))).toHaveLength(1);
});
