import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statfsSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createRandom } from './random.ts';
import { allShapes, type Shape, type ShapeName } from './shapes.ts';

/** Raised whenever other bytes come out, so that no cached file is mistaken for them. */
const generation = 1;

/** A generated file and the truth about it, against which every contender's answer is held. */
export interface DataFile {
  readonly shape: ShapeName;
  readonly path: string;
  readonly bytes: number;
  readonly columns: readonly string[];
  /** Data records, without the header. */
  readonly rows: number;
  /** Newline bytes, those inside quotes included. */
  readonly lines: number;
  /** Length of all values as strings (UTF-16 code units), without the header. */
  readonly chars: number;
}

const roomIn = (folder: string): number => {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
};

/**
 * A folder for files of so many bytes: in memory where there is room for copies of them, since a disk would hide what is
 * measured.
 */
export const benchFolder = (bytes: number): string => {
  const memory = '/dev/shm';
  const base = existsSync(memory) && roomIn(memory) > 4 * bytes + 2e9 ? memory : tmpdir();
  const folder = path.join(base, 'pipeline-bench');
  mkdirSync(folder, { recursive: true });
  return folder;
};

/**
 * The file of a shape and a size, made on first use. The same seed serves every size, so that a smaller file is the
 * beginning of a larger one.
 */
export const dataFile = (shape: ShapeName, bytes: number): DataFile => {
  const target = path.join(benchFolder(bytes), `${shape.replaceAll(/\W+/g, '-')}-${bytes}-v${generation}.csv`);
  const facts = `${target}.json`;
  if (!existsSync(facts)) {
    const unfinished = `${target}.${process.pid}`;
    const made = { shape, path: target, ...generate(allShapes[shape], unfinished, bytes) };
    renameSync(unfinished, target);
    writeFileSync(facts, JSON.stringify(made));
  }
  return JSON.parse(readFileSync(facts, 'utf8')) as DataFile;
};

const needsQuotes = /[",\n\r]/;

const generate = (shape: Shape, file: string, bytes: number): Omit<DataFile, 'shape' | 'path'> => {
  const { columns, quoted = 0 } = shape;
  const random = createRandom(42);
  const handle = openSync(file, 'w');
  const facts = { bytes: 0, rows: 0, lines: 0, chars: 0 };
  let pending: string[] = [`${columns.join(',')}\n`];
  let length = 0;
  const flush = (): void => {
    const block = Buffer.from(pending.join(''));
    for (let at = block.indexOf(10); at >= 0; at = block.indexOf(10, at + 1)) facts.lines++;
    facts.bytes += writeSync(handle, block);
    pending = [];
    length = 0;
  };
  try {
    while (facts.bytes + length < bytes) {
      const fields = shape.row(facts.rows, random);
      let line = '';
      for (let i = 0; i < fields.length; i++) {
        const value = fields[i]!;
        facts.chars += value.length;
        const quote = needsQuotes.test(value) || (quoted > 0 && random.below(100) < quoted);
        line += (i === 0 ? '' : ',') + (quote ? `"${value.replaceAll('"', '""')}"` : value);
      }
      line += '\n';
      pending.push(line);
      length += line.length;
      facts.rows++;
      if (length > 1e6) flush();
    }
    flush();
  } finally {
    closeSync(handle);
  }
  return { columns, ...facts };
};
