import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type OpenCsvOptions, readObjectRows } from '@pipeline/chunker';
import { PipelineError, type RowIssue } from '@pipeline/core';
import { memoryStore } from '@pipeline/core/memory';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { groups } from '../../../chunker/test/malformed/manifest.ts';
import { bytesOf, type Malformed } from '../../../chunker/test/malformed/notation.ts';
import type { Findings } from '../../src/cli/validate/check-file.ts';
import { validateCommand } from '../../src/cli/validate/validate-command.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'malformed-'));
const schema = path.join(folder, 'rule.json');
writeFileSync(schema, '{"type":"object"}');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the command can be told of how a file is read, and in which words. */
const flagsOf = ({ dialect = {}, encoding, skipLines, header }: Malformed['options']): readonly string[] => {
  const { delimiter, escape: mark, comment } = dialect;
  const quote = dialect.quote === '' ? 'none' : dialect.quote;
  const text = { delimiter, quote, escape: mark, comment, encoding };
  return [
    ...Object.entries(text).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`])),
    ...(skipLines === undefined ? [] : [`--skip-lines=${skipLines}`]),
    ...(header === 'none' ? ['--no-header'] : []),
    ...(Array.isArray(header) ? [`--header=${header.join(',')}`] : []),
  ];
};

/** The same for the library. */
const openingOf = ({
  dialect: { loneCr: _, ...dialect } = {},
  encoding,
  skipLines,
  header,
}: Malformed['options']): Omit<OpenCsvOptions, 'store'> => ({
  delimiter: ',',
  ...dialect,
  ...(encoding === undefined ? {} : { encoding }),
  ...(skipLines === undefined ? {} : { skipLines }),
  ...(header === undefined ? {} : { header }),
});

/** Whether the command can be told all that the file's entry says. */
const canBeTold = ({ options: { dialect = {}, encoding, skipLines, header, ...others } }: Malformed): boolean =>
  dialect.loneCr === undefined && Object.keys(others).length === 0;

/** What a file comes to: rows and issues, or the message that it fails with. */
type Outcome = Findings | string;

const byCommand = async (file: string, options: Malformed['options']): Promise<Outcome> => {
  let said = '';
  const written = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += text;
    return true;
  });
  try {
    const code = await validateCommand([file, `--schema=${schema}`, '--json', ...flagsOf(options)]);
    const { file: name, ...findings } = JSON.parse(said) as Findings & { readonly file: string };
    expect(name).toBe(file);
    expect(code).toBe(findings.rowsRejected === 0 ? 0 : 1);
    return findings;
  } catch (error) {
    expect(said).toBe('');
    return (error as Error).message;
  } finally {
    written.mockRestore();
  }
};

const byLibrary = async (bytes: Uint8Array, file: string, options: Malformed['options']): Promise<Outcome> => {
  const store = memoryStore();
  const object = { bucket: 'file', key: path.basename(file) };
  await store.write(object, bytes);
  const issues = new Map<string, Findings['issues'][number]>();
  const add = (
    { code, rule, column, severity }: Pick<RowIssue, 'code' | 'rule' | 'column' | 'severity'>,
    rows: number,
    example: Findings['issues'][number]['examples'],
  ): void => {
    const key = `${severity} ${code} ${column}`;
    const before = issues.get(key) ?? { rows: 0, examples: [] };
    issues.set(key, {
      code,
      rule,
      severity,
      ...(column === undefined ? {} : { column }),
      rows: before.rows + rows,
      examples: [...before.examples, ...example].slice(0, 3),
    });
  };
  const sums = { rowsRead: 0, rowsPassed: 0, rowsRejected: 0 };
  try {
    for await (const batch of readObjectRows(object, { store, ...openingOf(options) })) {
      sums.rowsRead += batch.positions.length + batch.rejects.length;
      sums.rowsPassed += batch.positions.length;
      sums.rowsRejected += batch.rejects.length;
      for (const { rowNumber, byteOffset, issues } of batch.rejects)
        for (const issue of issues) {
          const { message, hint, value } = issue;
          const said = { message, ...(hint === undefined ? {} : { hint }), ...(value === undefined ? {} : { value }) };
          add(issue, 1, [{ rowNumber, byteOffset, ...said }]);
        }
      for (const [key, rows] of Object.entries(batch.warnings)) {
        const [code, rule] = key.split('|') as [RowIssue['code'], string];
        add({ code, rule, severity: 'warning' }, rows, []);
      }
    }
  } catch (error) {
    if (!PipelineError.is(error)) throw error;
    return error.message.replaceAll(`s3://file/${path.basename(file)}`, file);
  }
  return { ...sums, issues: [...issues.values()].sort((a, b) => b.rows - a.rows) };
};

/** What its entry says, as far as a summary tells it. */
const holds = (outcome: Outcome, { fails, rows, rejects, strayQuotes }: Malformed): void => {
  if (typeof outcome === 'string') {
    expect(outcome.split(':')[0]).toBe(/[A-Z_]{4,}/.exec(fails ?? '')?.[0]);
    return;
  }
  expect(fails).toBeUndefined();
  const { rowsRead, rowsPassed, rowsRejected, issues } = outcome;
  expect([rowsRead, rowsPassed, rowsRejected]).toEqual([rows.length + rejects.length, rows.length, rejects.length]);
  const codes = rejects.flatMap((told) => told.split(' ')[1]!.split('+'));
  const found = issues.filter(({ severity }) => severity === 'error');
  expect([...new Set(found.map(({ code }) => code))].sort()).toEqual([...new Set(codes)].sort());
  expect(found.reduce((sum, { rows }) => sum + rows, 0)).toBe(codes.length);
  const strays = issues.find(({ code, severity }) => code === 'ROW_STRAY_QUOTE' && severity === 'warning');
  expect(strays?.rows ?? 0).toBe(strayQuotes);
};

test('the command can be told all about most malformed files', () => {
  const all = groups.flatMap(([, files]) => files);
  expect(all.filter(canBeTold).length).toBeGreaterThanOrEqual(250);
});

describe.each(groups)('pipeline validate of a file with %s', (group, files) => {
  test.each(files.map((file, n) => [file.name, file, n] as const))('%s', async (_, malformed, n) => {
    const { bytes: plain } = bytesOf(malformed);
    const bytes = malformed.packed?.(plain) ?? plain;
    const file = path.join(folder, `${group.replace(/\W+/g, '-')}-${n}.csv`);
    writeFileSync(file, bytes);
    const outcome = await byCommand(file, malformed.options);
    expect(outcome).toEqual(await byLibrary(bytes, file, malformed.options));
    if (canBeTold(malformed)) holds(outcome, malformed);
  });
});
