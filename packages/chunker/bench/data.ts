/** A generator whose numbers are the same in every run. */
const createRandom = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
};

export interface BenchFile {
  readonly name: string;
  readonly bytes: Buffer;
  readonly columns: readonly string[];
}

const columns = ['id', 'name', 'country', 'amount', 'created', 'note'];

const fill = (name: string, size: number, row: (n: number, random: () => number) => string): BenchFile => {
  const random = createRandom(42);
  const parts: string[] = [];
  for (let bytes = 0, n = 1; bytes < size; n++) {
    const line = row(n, random);
    parts.push(line);
    bytes += line.length;
  }
  return { name, bytes: Buffer.from(parts.join('')), columns };
};

/** Records without quotes, as most exports write them. */
export const plainFile = (size: number): BenchFile =>
  fill('plain', size, (n, random) => {
    const amount = (random() * 1000).toFixed(2);
    return `${n},customer ${n % 977},DE,${amount},2026-11-${String(1 + (n % 28)).padStart(2, '0')},paid by card\n`;
  });

/** Quotes in every record: delimiters, newlines and doubled quotes inside fields. */
export const nastyFile = (size: number): BenchFile =>
  fill('nasty', size, (n, random) => {
    const note = random() < 0.5 ? '"said ""yes"", then\nleft"' : '"a, b, and ""c"""';
    return `${n},"Müller, ${n % 977}",DE,"${(random() * 1000).toFixed(2)}","2026-11-21",${note}\r\n`;
  });

/** A body as it comes from a socket: 64 KiB at a time. */
export async function* body(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += 64 * 1024) yield bytes.subarray(from, from + 64 * 1024);
}
