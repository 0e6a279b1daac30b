import { readdirSync, readFileSync } from 'node:fs';
import * as core from '@pipeline/core';
import { errorCodes, issueCodes, type PipelineError } from '@pipeline/core';
import { transientRetry } from '@pipeline/handlers';
import { describe, expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);
const page = readFileSync(new URL('docs/errors.md', root), 'utf8');
const cellsOf = (line: string): readonly string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map(cellsOf);
const codesIn = (text: string): readonly string[] =>
  [...text.matchAll(/`([A-Z]+(?:_[A-Z]+)*)`/g)].map(([, code]) => code!);

/** Each error class with its codes, as the page lists them. */
const names = rows
  .filter(([first]) => first!.startsWith('`Pipeline'))
  .map(([name, again, codes]) => ({ name: name!.replaceAll('`', ''), again, codes: codesIn(codes!) }));
/** One row for each code. */
const told = rows.filter(([first]) => !first!.startsWith('`Pipeline'));

const catalogue = ['messages.ts', 'errors.ts', 'issues.ts'];
/** The source of every package, but for the catalogue, where every code stands anyway. */
const sources = (folder: URL): readonly string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const at = new URL(entry.isDirectory() ? `${entry.name}/` : entry.name, folder);
    if (entry.isDirectory()) return sources(at);
    return entry.name.endsWith('.ts') && !catalogue.includes(entry.name) ? [readFileSync(at, 'utf8')] : [];
  });
const code = readdirSync(new URL('packages/', root))
  .flatMap((name) => sources(new URL(`packages/${name}/src/`, root)))
  .join('\n');

describe('docs/errors.md', () => {
  test.each(errorCodes)('says of %s what happened, and what to do', (name) => {
    const found = told.filter(([first]) => first === `\`${name}\``);
    expect(found).toHaveLength(1);
    expect(found[0]).toEqual([expect.any(String), expect.stringMatching(/\S{3}/), expect.stringMatching(/\S{3}/)]);
  });

  test.each(issueCodes)('says of %s what is wrong with the row', (name) => {
    const found = told.filter(([first]) => first === `\`${name}\``);
    expect(found).toHaveLength(1);
    expect(found[0]).toEqual([expect.any(String), expect.stringMatching(/\S{3}/)]);
  });

  test('lists no code that there is not, and each under one name', () => {
    expect(told.map(([first]) => first!.replaceAll('`', '')).sort()).toEqual([...errorCodes, ...issueCodes].sort());
    expect(names.flatMap(({ codes }) => codes).sort()).toEqual([...errorCodes].sort());
  });

  test.each(names)('says whether $name is tried again, as the state machine does it', ({ name, again, codes }) => {
    const retried = transientRetry.some(({ ErrorEquals }) => (ErrorEquals as readonly string[]).includes(name));
    expect(again).toBe(retried ? 'yes' : 'no');
    type ErrorClass = new (code: string, params: object) => PipelineError;
    const Class = (core as unknown as Record<string, ErrorClass>)[name]!;
    for (const of of codes) expect(new Class(of, {}).retryable).toBe(retried);
  });

  test.each([...errorCodes, ...issueCodes])('has %s because some package says it', (name) => {
    expect(code.includes(`'${name}'`)).toBe(true);
  });

  test('has every name that the state machine tries again', () => {
    const ours = transientRetry.flatMap(({ ErrorEquals }) => ErrorEquals).filter((name) => name.startsWith('Pipeline'));
    expect(
      names
        .filter(({ again }) => again === 'yes')
        .map(({ name }) => name)
        .sort(),
    ).toEqual([...ours].sort());
    for (const name of [
      'Sandbox.Timedout',
      'Runtime.ExitError',
      'Runtime.OutOfMemory',
      'Lambda.TooManyRequestsException',
    ])
      expect(page).toContain(`\`${name}\``);
  });
});
