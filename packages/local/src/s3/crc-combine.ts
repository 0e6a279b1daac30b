interface Field {
  readonly bits: number;
  readonly poly: bigint;
  /** x^(8 * length) by length: parts mostly share one length, and each power costs some 130 polynomial products. */
  readonly powers: Map<number, bigint>;
}

const FIELDS = {
  CRC32: { bits: 32, poly: 0xedb88320n, powers: new Map<number, bigint>() },
  CRC32C: { bits: 32, poly: 0x82f63b78n, powers: new Map<number, bigint>() },
  CRC64NVME: { bits: 64, poly: 0x9a6c9329ac4bc9b5n, powers: new Map<number, bigint>() },
} satisfies Record<string, Field>;

/** The checksums that can be combined from parts. */
export type CrcAlgorithm = keyof typeof FIELDS;

/** Product of two reflected polynomials modulo the CRC's. */
function multiply(a: bigint, b: bigint, { bits, poly }: Field): bigint {
  let product = 0n;
  let factor = b;
  for (let mask = 1n << BigInt(bits - 1); mask !== 0n; mask >>= 1n) {
    if (a & mask) product ^= factor;
    factor = factor & 1n ? (factor >> 1n) ^ poly : factor >> 1n;
  }
  return product;
}

function powerOfBytes(bytes: number, field: Field): bigint {
  const known = field.powers.get(bytes);
  if (known !== undefined) return known;
  const one = 1n << BigInt(field.bits - 1);
  let power = one;
  let square = one >> 8n;
  for (let n = BigInt(bytes); n > 0n; n >>= 1n) {
    if (n & 1n) power = multiply(power, square, field);
    square = multiply(square, square, field);
  }
  if (field.powers.size > 1000) field.powers.clear();
  field.powers.set(bytes, power);
  return power;
}

/** The CRC of `A ++ B` from the CRCs of A and B and the length of B in bytes. */
export function combineCrc(algorithm: CrcAlgorithm, a: Buffer, b: Buffer, bBytes: number): Buffer {
  const field = FIELDS[algorithm];
  const left = BigInt(`0x${a.toString('hex')}`);
  const right = BigInt(`0x${b.toString('hex')}`);
  const crc = multiply(powerOfBytes(bBytes, field), left, field) ^ right;
  return Buffer.from(crc.toString(16).padStart(field.bits / 4, '0'), 'hex');
}
