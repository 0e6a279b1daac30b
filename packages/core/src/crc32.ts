import { crc32 as native } from 'node:zlib';

/**
 * Running CRC-32 (zlib's native one); begin with 0.
 * CRC-32/ISO-HDLC: https://nodejs.org/api/zlib.html#zlibcrc32data-value
 *
 * @example
 * let crc = 0;
 * for await (const piece of store.read(object)) crc = crc32(piece, crc);
 */
export const crc32 = (bytes: Uint8Array, before = 0): number => native(bytes, before);

/**
 * 8 hex digits, as results carry it.
 *
 * @example
 * crc32Hex(crc32(Buffer.from('123456789'))); // 'cbf43926'
 */
export const crc32Hex = (crc: number): string => (crc >>> 0).toString(16).padStart(8, '0');

/**
 * Base64 of the big-endian bytes, as S3's `x-amz-checksum-crc32` carries it.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 *
 * @example
 * crc32Base64('cbf43926'); // 'y/Q5Jg=='
 */
export const crc32Base64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');

const polynomial = 0xedb88320;

const multiply = (matrix: Uint32Array, vector: number): number => {
  let sum = 0;
  for (let bit = 0, rest = vector; rest !== 0; bit++, rest >>>= 1) if (rest & 1) sum ^= matrix[bit]!;
  return sum >>> 0;
};

const square = (matrix: Uint32Array): Uint32Array => matrix.map((column) => multiply(matrix, column));

/** `operators[i]` advances a CRC over `2^i` zero bytes. 53 of them cover every safe integer. */
const operators: Uint32Array[] = [];

const operator = (power: number): Uint32Array => {
  if (operators.length === 0) {
    let matrix = Uint32Array.from({ length: 32 }, (_, bit) => (bit === 0 ? polynomial : 2 ** (bit - 1)));
    for (let doublings = 0; doublings < 3; doublings++) matrix = square(matrix) as Uint32Array<ArrayBuffer>;
    operators.push(matrix);
  }
  while (operators.length <= power) operators.push(square(operators.at(-1)!));
  return operators[power]!;
};

/**
 * The CRC-32 of two runs of bytes laid end to end, from their CRCs and the length of the second.
 * Method: GF(2) matrices, as in zlib's `crc32_combine` (https://github.com/madler/zlib/blob/master/crc32.c).
 *
 * @example
 * const [a, b] = [Buffer.from('12345'), Buffer.from('6789')];
 * combineCrc32(crc32(a), crc32(b), b.length) === crc32(Buffer.from('123456789')); // true
 */
export const combineCrc32 = (first: number, second: number, secondBytes: number): number => {
  let crc = first;
  for (let power = 0, rest = secondBytes; rest > 0; power++, rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) crc = multiply(operator(power), crc);
  }
  return (crc ^ second) >>> 0;
};
