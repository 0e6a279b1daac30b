import type { ScanMemory } from './memory.ts';

/**
 * For the first `count` field ends, how many UTF-16 units of the window's text stand before each. Every byte that does not
 * continue a character begins a unit, and a character of four bytes is two units
 * (https://encoding.spec.whatwg.org/#utf-8-decoder). The answer is a view, valid until the next call.
 */
export const fillUnits = ({ bytes, tables, kernel, units }: ScanMemory, count: number): Uint32Array => {
  const filled = units.subarray(0, count);
  if (kernel !== undefined) {
    kernel.units(tables.ends.byteOffset, count, units.byteOffset);
    return filled;
  }
  let position = 0;
  let unit = 0;
  for (let i = 0; i < count; i++) {
    for (const end = tables.ends[i]!; position < end; position++) {
      const byte = bytes[position]!;
      if (byte < 0x80 || byte >= 0xc0) unit += byte >= 0xf0 ? 2 : 1;
    }
    filled[i] = unit;
  }
  return filled;
};
