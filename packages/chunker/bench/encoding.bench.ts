import type { CsvEncoding } from '@pipeline/core';
import { firstInvalid } from '../src/encoding/first-invalid.ts';
import { createNarrower } from '../src/encoding/narrow-utf16.ts';
import { replaceInvalidUtf8 } from '../src/encoding/replace-invalid-utf8.ts';
import { replaceNul } from '../src/encoding/replace-nul.ts';
import { createTranscoder, type ForeignEncoding } from '../src/encoding/transcode.ts';
import { type Contender, compare } from './compare.ts';
import { type BenchFile, plainFile } from './data.ts';

const units = 8 * 1024 ** 2;
const pieceBytes = 128 * 1024;

const repeated = (line: string): string => line.repeat(Math.ceil(units / line.length));
const texts = {
  ASCII: plainFile(units).bytes.toString('latin1'),
  German: repeated('7,Müller Straße 7,Köln,"123,45",2026-11-01,überwiesen\n'),
  Russian: repeated('7,Заказчик Иванов,Москва,"123,45",2026-11-01,оплачено картой\n'),
  Japanese: repeated('7,顧客太郎,東京,"123,45",2026-11-01,カードで支払い😀\n'),
};

const encoded = (name: keyof typeof texts, encoding: CsvEncoding): BenchFile => {
  const width = encoding === 'utf-8' ? 'utf8' : encoding.startsWith('utf-16') ? 'utf16le' : 'latin1';
  const bytes = Buffer.from(texts[name], width);
  return { name: `${name} ${encoding}`, bytes: encoding === 'utf-16be' ? bytes.swap16() : bytes, columns: [] };
};

/** Work on a piece that answers how many bytes came of it; no character of the data is cut by the native ways. */
const contender = (name: string, work: (piece: Buffer) => number): Contender => ({
  name,
  run({ bytes }) {
    let made = 0;
    for (let from = 0; from < bytes.length; from += pieceBytes) made += work(bytes.subarray(from, from + pieceBytes));
    return made;
  },
});

const copy = contender('floor: the bytes copied', (piece) => Buffer.from(piece).length);
const decoded = (encoding: CsvEncoding): Contender => {
  const decoder = new TextDecoder(encoding, { ignoreBOM: true });
  return contender(
    'TextDecoder and Buffer.from',
    (piece) => Buffer.from(decoder.decode(piece, { stream: true })).length,
  );
};
const sliced = (encoding: BufferEncoding): Contender =>
  contender('Buffer.toString and Buffer.from', (piece) => Buffer.from(piece.toString(encoding)).length);
const transcoded = (encoding: ForeignEncoding): Contender => {
  const { push } = createTranscoder(encoding);
  return contender('createTranscoder', (piece) => push(piece).bytes.length);
};
const narrowed = (encoding: 'utf-16le' | 'utf-16be'): Contender => {
  const { push } = createNarrower(encoding);
  return contender('createNarrower', (piece) => push(piece).length);
};

/** Runs are short: many of them for a steady median. */
const measure = (title: string, files: readonly BenchFile[], contenders: readonly Contender[]): Promise<void> =>
  compare(title, files, contenders, { rounds: 25, warmups: 10 });

const languages = ['ASCII', 'German', 'Russian', 'Japanese'] as const;
await measure(
  'UTF-16LE',
  languages.map((name) => encoded(name, 'utf-16le')),
  [decoded('utf-16le'), sliced('utf16le'), transcoded('utf-16le'), narrowed('utf-16le'), copy],
);
await measure(
  'UTF-16BE',
  languages.map((name) => encoded(name, 'utf-16be')),
  [decoded('utf-16be'), transcoded('utf-16be'), narrowed('utf-16be'), copy],
);
for (const encoding of ['iso-8859-1', 'windows-1252'] as const) {
  await measure(
    encoding,
    [encoded('ASCII', encoding), encoded('German', encoding)],
    [decoded(encoding), sliced('latin1'), transcoded(encoding), copy],
  );
}

const spoilt = encoded('German', 'utf-8');
for (let at = 0; at < spoilt.bytes.length; at += 5000) spoilt.bytes.set([0xff, 0], at);
await measure(
  'UTF-8 with a fault and a NUL in every 5,000 bytes',
  [spoilt],
  [
    contender('Buffer.toString and Buffer.from', (piece) => Buffer.from(piece.toString()).length),
    contender('replaceInvalidUtf8', (piece) => replaceInvalidUtf8(piece).length),
    contender('replaceNul', (piece) => replaceNul(piece).length),
    copy,
  ],
);
for (const encoding of ['utf-8', 'utf-16le'] as const) {
  const { name, bytes, columns } = encoded('German', encoding);
  await measure(
    'Where the first fault is, at the very end',
    [{ name, bytes: Buffer.concat([bytes, Buffer.from([0xff])]), columns }],
    [
      { name: 'TextDecoder, fatal, without a place', run: ({ bytes }) => Number(isSound(bytes, encoding)) },
      { name: 'firstInvalid', run: ({ bytes }) => firstInvalid(bytes, encoding) },
    ],
  );
}

function isSound(bytes: Buffer, encoding: CsvEncoding): boolean {
  try {
    new TextDecoder(encoding, { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
