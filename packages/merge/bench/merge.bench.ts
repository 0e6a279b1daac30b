// The merge as it is planned (parts copied on the server) against reading and writing every byte, on a store in memory.
// What counts is the bytes that pass through the worker; the seconds leave out the network, which they would cost.
//   node --conditions=@pipeline/source packages/merge/bench/merge.bench.ts [pieces] [MiB per piece] [rounds]
import { crc32, crc32Hex, createRunContext, type ObjectStore, openWriter, type PartRef } from '@pipeline/core';
import { memoryStore } from '@pipeline/core/memory';
import { mergeParts } from '../src/index.ts';

const count = Number(process.argv[2] ?? 12);
const pieceBytes = Number(process.argv[3] ?? 8) * 1024 ** 2;
const rounds = Number(process.argv[4] ?? 5);
const run = createRunContext();
const memory = memoryStore();

let through = 0;
const counting: ObjectStore = {
  ...memory,
  async *read(ref, options) {
    for await (const bytes of memory.read(ref, options)) {
      through += bytes.length;
      yield bytes;
    }
  },
  uploadPart: (upload, partNumber, body, options) => {
    through += body.length;
    return memory.uploadPart(upload, partNumber, body, options);
  },
};

const pieces: PartRef[] = [];
for (let index = 0; index < count; index++) {
  const body = Buffer.alloc(index === count - 1 ? 100_000 : pieceBytes, `${index},some text\n`);
  const object = (await memory.write({ bucket: 'work', key: `pieces/${index}` }, body))!;
  pieces.push({ object, bytes: body.length, crc32: crc32Hex(crc32(body)), rows: 1 });
}
const total = pieces.reduce((sum, { bytes }) => sum + bytes, 0);

const planned = async (key: string): Promise<string> =>
  (await mergeParts(pieces, { bucket: 'work', key }, { store: counting, run })).crc32;

const readAndWrite = async (key: string): Promise<string> => {
  const writer = openWriter(counting, { bucket: 'work', key });
  for (const { object } of pieces) for await (const bytes of counting.read(object)) await writer.write(bytes);
  return (await writer.close(count))!.crc32;
};

const timed = async (work: (key: string) => Promise<string>, key: string) => {
  through = 0;
  const start = process.hrtime.bigint();
  const crc = await work(key);
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  await memory.deleteMany([{ bucket: 'work', key }]);
  return { seconds, crc, through };
};
const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

const plan: Awaited<ReturnType<typeof timed>>[] = [];
const plain: Awaited<ReturnType<typeof timed>>[] = [];
for (let round = -1; round < rounds; round++) {
  const ours = await timed(planned, 'planned');
  const theirs = await timed(readAndWrite, 'plain');
  if (ours.crc !== theirs.crc) throw new Error(`checksums differ: ${ours.crc} and ${theirs.crc}`);
  if (round < 0) continue; // warm-up
  plan.push(ours);
  plain.push(theirs);
}

const shown = (value: number): string => Math.round(value).toLocaleString('en-US').padStart(14);
const seconds = (runs: typeof plan): number => median(runs.map((one) => one.seconds));
console.log(`${count} pieces, ${total.toLocaleString('en-US')} bytes, ${rounds} rounds, Node ${process.version}`);
console.log(`through the worker, planned        ${shown(plan[0]!.through)} bytes`);
console.log(`through the worker, read and write ${shown(plain[0]!.through)} bytes`);
console.log(`ratio of bytes                     ${(plain[0]!.through / plan[0]!.through).toFixed(1).padStart(14)}`);
console.log(`ratio of time, in memory           ${(seconds(plain) / seconds(plan)).toFixed(2).padStart(14)}`);
