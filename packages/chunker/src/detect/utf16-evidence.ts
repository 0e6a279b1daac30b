import type { EncodingGuess } from './sample-encoding.ts';

const structure = new Uint8Array(128);
for (const byte of '\t\n\r",;|\x1f') structure[byte.charCodeAt(0)] = 1;

/** Units of one byte order: how many are ASCII, how many are structure, and how many no text has. */
const readUnits = (sample: Uint8Array, lowAt: 0 | 1) => {
  let ascii = 0;
  let structural = 0;
  let flaws = 0;
  let expectLow = false;
  const units = sample.length >> 1;
  for (let i = 0; i < units; i++) {
    const low = sample[2 * i + lowAt]!;
    const high = sample[2 * i + 1 - lowAt]!;
    const isLow = high >= 0xdc && high <= 0xdf;
    if (expectLow !== isLow) flaws++;
    expectLow = high >= 0xd8 && high <= 0xdb;
    if (high !== 0) continue;
    if (low < 128 && structure[low] === 1) structural++;
    if (low >= 0x20 ? low < 127 : structure[low] === 1) ascii++;
    else if (low < 0x20) flaws++; // NUL and other controls
  }
  return { ascii, structural, flaws };
};

/**
 * Recognises UTF-16 without a byte order mark: a CSV of any script has delimiters and newlines, which are pairs of a NUL
 * and an ASCII byte, with all the NULs on one side. `undefined` where NULs are absent or say otherwise.
 */
export const utf16Evidence = (sample: Uint8Array, complete: boolean): EncodingGuess | undefined => {
  const nuls = [0, 0];
  let structureBytes = 0;
  for (let i = 0; i < sample.length; i++) {
    const byte = sample[i]!;
    if (byte === 0) nuls[i & 1]!++;
    else if (byte < 128) structureBytes += structure[byte]!;
  }
  const [even, odd] = nuls as [number, number];
  if (even === odd || sample.length < 2) return undefined;
  const lowAt = odd > even ? 0 : 1;
  const { ascii, structural, flaws } = readUnits(sample, lowAt);
  const units = sample.length >> 1;
  const share = structureBytes === 0 ? (0.8 * ascii) / units : structural / structureBytes;
  const oddLength = complete && sample.length % 2 === 1 ? 0.5 : 1;
  const confidence = share * (Math.abs(odd - even) / (odd + even)) * Math.max(0, 1 - (4 * flaws) / units) * oddLength;
  if (confidence <= 0.5) return undefined;
  return { encoding: lowAt === 0 ? 'utf-16le' : 'utf-16be', confidence: Math.min(0.99, confidence) };
};
