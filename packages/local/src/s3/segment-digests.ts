import { readSegments, type Segment } from './blobs.ts';
import { combineCrc } from './crc-combine.ts';
import { createDigests, type DigestName, type Digests, digestOf, isCrc } from './digests.ts';

const isWhole = ({ blob, start, end }: Segment): boolean => start === 0 && end === blob.size;

/** Digests of a list of segments, from what its blobs know already and else by reading; the bytes are never copied. */
export async function digestSegments(segments: readonly Segment[], names: readonly DigestName[]): Promise<Digests> {
  const [first] = segments;
  if (segments.length === 1 && first !== undefined && isWhole(first)) return digestBlob(first, names);
  const done: Digests = {};
  const serial = names.filter((name) => !isCrc(name));
  const combinable = names.filter(isCrc);
  if (serial.length > 0 || first === undefined) {
    return readDigests(segments, names);
  }
  for (const name of combinable) {
    let crc = digestOf(name, new Uint8Array());
    for (const segment of segments) {
      const part = isWhole(segment) ? await digestBlob(segment, [name]) : await readDigests([segment], [name]);
      crc = combineCrc(name, crc, part[name] as Buffer, segment.end - segment.start);
    }
    done[name] = crc;
  }
  return done;
}

async function digestBlob(segment: Segment, names: readonly DigestName[]): Promise<Digests> {
  const known = segment.blob.digests;
  const missing = names.filter((name) => known[name] === undefined);
  if (missing.length > 0) Object.assign(known, await readDigests([segment], missing));
  return known;
}

async function readDigests(segments: readonly Segment[], names: readonly DigestName[]): Promise<Digests> {
  const digests = createDigests(names);
  for await (const bytes of readSegments(segments)) digests.update(bytes);
  return digests.finish();
}
