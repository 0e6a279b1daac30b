import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { genericApp } from './fixtures/generic-app.ts';
import { readManifest, readOutput, readRejects, readReport } from './support/batch-files.ts';
import { type CsvTruth, expectedOutput, readTruth } from './support/csv-oracle.ts';
import { canary, expectInvariants } from './support/invariants.ts';
import { factOf } from './support/mail.ts';
import { type Batch, startTestStack, type TestStack } from './support/test-stack.ts';

let stack: TestStack;
const done: Batch[] = [];
beforeAll(async () => {
  stack = await startTestStack(genericApp({ chunkBytes: 48 }));
});
afterAll(() => stack?.close());
afterEach(async () => {
  for (const batch of done.splice(0)) await expectInvariants(stack, batch);
});

const run = async (key: string, input: string | Uint8Array): Promise<Batch> => {
  const batch = await stack.run(key, input);
  done.push(batch);
  return batch;
};

/** Every rejected record stands in rejects.csv with the bytes it had, followed by row number and offset. */
const expectRejects = (rejects: Buffer, { header, records }: CsvTruth): void => {
  let offset = header.length;
  let at = rejects.indexOf('\n') + 1;
  for (const [index, { bytes, newline, sound }] of records.entries()) {
    if (!sound) {
      const expected = Buffer.concat([bytes, Buffer.from(`,${index + 1},${offset},`)]);
      expect(rejects.subarray(at, at + expected.length).toString('latin1')).toBe(expected.toString('latin1'));
      at = rejects.indexOf('\n', at + expected.length) + 1;
    }
    offset += bytes.length + newline.length;
  }
  expect(at).toBe(rejects.length);
};

describe('any CSV file, chunks of some bytes', () => {
  it('keeps quoted newlines that lie on chunk edges', async () => {
    const cell = `"${'line one\r\nline two ""quoted"", with comma\n'.repeat(3)}"`;
    const input = `id,text\r\n${Array.from({ length: 40 }, (_, row) => `${row},${row % 3 === 0 ? cell : `plain ${canary}`}`).join('\r\n')}\r\n`;
    const batch = await run('input/quoted.csv', input);
    expect(batch.status).toBe('SUCCEEDED');
    expect((await readOutput(stack, batch)).toString()).toBe(input);
    const report = await readReport(stack, batch);
    expect(report).toMatchObject({ rowsRead: 40, rowsWritten: 40, rowsRejected: 0 });
    expect(report.chunkCount).toBeGreaterThan(14);
    expect(report.rejects).toBeUndefined();
  });

  it('keeps stray quotes as they are and rejects text behind a closing quote', async () => {
    const rows = ['1,5" pipe', '2,"closed" badly', '3,a "word" inside', '4,"fine, really"', '5,"', '"'];
    const batch = await run('input/stray.csv', `id,text\n${rows.join('\n')}\n`);
    expect(batch.status).toBe('SUCCEEDED');
    expect((await readOutput(stack, batch)).toString()).toBe(
      'id,text\n1,5" pipe\n3,a "word" inside\n4,"fine, really"\n5,"\n"\n',
    );
    const message = 'has bytes between a closing quote and the next delimiter; double quotes inside a quoted field';
    expect((await readRejects(stack, batch)).toString()).toBe(
      `id,text,__pipeline_row,__pipeline_byte_offset,__pipeline_columns,__pipeline_rules,__pipeline_messages,__pipeline_batch\n2,"closed" badly,2,18,,quotes,${message},${batch.batchId}\n`,
    );
    const { resolved } = await readReport(stack, batch);
    expect(resolved).toMatchObject({
      issues: { 'ROW_BAD_QUOTE|quotes|': 1 },
      warnings: { 'ROW_STRAY_QUOTE|quotes|': 2 },
    });
    expect(Object.keys(resolved.issues as object)).toHaveLength(1);
  });

  it.each([
    ['a mark before the header', '\uFEFFid,text\r\n1,a\r\n2,b\r\n'],
    ['no newline at the end', 'id,text\n1,a\n2,b'],
    ['one row', 'id,text\r\n1,a'],
    ['mixed newlines', 'id,text\n1,a\r\n2,b\n3,c\r\n'],
    ['a column named with spaces and quotes', '"id","a ""text"", quoted"\n1,x\n'],
  ])('passes on a file with %s', async (name, input) => {
    const batch = await run(`input/${name}.csv`, input);
    expect(batch.status).toBe('SUCCEEDED');
    expect((await readOutput(stack, batch)).toString()).toBe(input);
  });

  it('fails a file whose quote is never closed, naming where it was opened', async () => {
    const batch = await run('input/unclosed.csv', `id,text\n1,a\n2,"${canary}\n3,c\n`);
    expect(batch.status).toBe('FAILED');
    const [mail] = await stack.mailsOf(batch);
    expect(factOf(mail!, 'Code')).toBe('CSV_UNCLOSED_QUOTE');
    expect(factOf(mail!, 'What happened')).toContain('byte offset 14');
  });

  it.each([
    ['semicolons', ';'],
    ['tabs', '\t'],
    ['pipes', '|'],
  ])('reads %s', async (name, delimiter) => {
    await stack.redeploy(genericApp({ delimiter, chunkRows: 2 }), ['intake']);
    const row = (id: number) => [id, `"a${delimiter}b"`, 'c,d', ''].join(delimiter);
    const input = `${['id', 'x', 'y', 'z'].join(delimiter)}\n${[1, 2, 3, 4, 5].map(row).join('\n')}\n6${delimiter}short\n`;
    const batch = await run(`input/${name}.csv`, input);
    expect(batch.status).toBe('SUCCEEDED');
    expect((await readOutput(stack, batch)).toString()).toBe(input.slice(0, input.lastIndexOf('6')));
    expect((await readManifest(stack, batch)).chunkCount).toBe(3);
    expect((await readRejects(stack, batch)).toString().split('\n')[1]).toBe(
      `6${delimiter}short${delimiter}${[6, input.lastIndexOf('6'), '', 'fields', 'has 2 fields, the header has 4', batch.batchId].join(delimiter)}`,
    );
  });

  it('gives the well-formed rows of 15 random files byte for byte', async () => {
    await stack.redeploy(genericApp({ chunkBytes: 24 }), ['intake']);
    const nasty = fc.constantFrom('a', 'é', '€', '😀', ' ', '\r', '""', ';', '\t', '\0', '=1+1', 'Ü', canary, '\uFEFF');
    const text = fc.array(nasty, { maxLength: 4 }).map((pieces) => Buffer.from(pieces.join('')));
    const bytes = (...parts: (string | Uint8Array)[]) =>
      Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
    const unquoted = text.map((inner) => bytes('x', inner.toString().replaceAll('""', ''), 'y'));
    const quoted = fc
      .array(fc.oneof(text, fc.constantFrom('\n', '\r\n', ',', '\n\n').map(Buffer.from)), { maxLength: 4 })
      .map((parts) => bytes('"', ...parts, '"'));
    const field = fc.oneof(
      { weight: 6, arbitrary: unquoted },
      { weight: 6, arbitrary: quoted },
      { weight: 2, arbitrary: fc.constant(bytes()) },
      { weight: 1, arbitrary: unquoted.map((inner) => bytes(inner, '"stray"')) },
      { weight: 1, arbitrary: quoted.map((inner) => bytes(inner, 'behind')) },
      { weight: 1, arbitrary: fc.constant(Buffer.of(0xc3, 0x28)) },
    );
    const join = (parts: readonly Buffer[], between: string) =>
      bytes(...parts.flatMap((part, index) => (index === 0 ? [part] : [between, part])));
    const record = fc.oneof(
      { weight: 8, arbitrary: fc.tuple(field, field, field).map((fields) => join(fields, ',')) },
      { weight: 1, arbitrary: fc.array(field, { maxLength: 5 }).map((fields) => join(fields, ',')) },
      { weight: 1, arbitrary: text.map((inner) => bytes('"never closed', inner)) },
    );
    const file = fc
      .tuple(
        fc.array(fc.tuple(record, fc.constantFrom('\n', '\r\n')), { maxLength: 12 }),
        fc.oneof(
          { weight: 4, arbitrary: fc.tuple(field, field, field).map((fields) => join(fields, ',')) },
          { weight: 4, arbitrary: fc.constant(bytes()) },
          { weight: 2, arbitrary: text.map((inner) => bytes('x,"never closed', inner)) },
        ),
      )
      .map(([lines, last]) => bytes('a,b,c\n', ...lines.flat(), last));
    const files = fc.sample(file, { numRuns: 15, seed: 20_260_101 });

    const batches = await Promise.all(files.map((input, index) => run(`input/random ${index}.csv`, input)));
    const ends = { sound: 0, rejected: 0, failed: 0 };
    for (const [index, batch] of batches.entries()) {
      const truth = readTruth(files[index]!, 3);
      if (truth.unclosed) {
        ends.failed++;
        expect(batch.status).toBe('FAILED');
        expect(factOf((await stack.mailsOf(batch))[0]!, 'Code')).toBe('CSV_UNCLOSED_QUOTE');
        continue;
      }
      expect(batch.status).toBe('SUCCEEDED');
      expect((await readOutput(stack, batch)).toString('latin1')).toBe(expectedOutput(truth).toString('latin1'));
      if (truth.records.some(({ sound }) => !sound)) expectRejects(await readRejects(stack, batch), truth);
      const written = truth.records.filter(({ sound }) => sound).length;
      ends.sound += written;
      ends.rejected += truth.records.length - written;
      expect(await readReport(stack, batch)).toMatchObject({
        rowsRead: truth.records.length,
        rowsWritten: written,
        rowsRejected: truth.records.length - written,
      });
    }
    // The sample must have something of everything, or this proves little.
    expect(Math.min(ends.sound, ends.rejected, ends.failed)).toBeGreaterThan(0);
  });
});
