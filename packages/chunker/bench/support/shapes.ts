import type { Random } from './random.ts';

/** A kind of CSV data: its columns, and the values of a row, of which those in need of quotes are quoted when written. */
export interface Shape {
  readonly columns: readonly string[];
  row(n: number, random: Random): readonly string[];
  /** Percentage of the fields that are quoted without need. @default 0 */
  readonly quoted?: number;
}

const digits = (value: number, length: number): string => String(value).padStart(length, '0');

const given = ['Ada', 'Ben', 'Carla', 'David', 'Emilia', 'Frida', 'George', 'Hannah', 'Ivan', 'Julia', 'Karl', 'Lena'];
const family = ['Smith', 'Jones', 'Meyer', 'Novak', 'Rossi', 'Silva', 'Kowalski', 'Larsen', 'Dubois', 'Garcia'];
const accented = ['Müller', 'Jürgensen', 'Łukasz', 'Ångström', 'Çelik', 'Nuñez', '山田', 'Παπαδόπουλος'];
const cities = ['Berlin', 'Paris', 'Lisbon', 'Warsaw', 'Vienna', 'Dublin', 'Oslo', 'Prague', 'Milan', 'Hamburg'];
const accentedCities = ['Köln', 'Kraków', 'São Paulo', 'Zürich', 'Malmö', '東京'];
const countries = ['DE', 'FR', 'PT', 'PL', 'AT', 'IE', 'NO', 'CZ', 'IT', 'ES'];
const states = ['new', 'paid', 'packed', 'shipped', 'delivered', 'returned'];
const notes = ['paid by card', 'leave at the door', 'gift', 'call before delivery', 'second floor on the left', ''];

const orderColumns =
  'orderId,customerId,customer,email,country,city,orderedAt,status,sku,quantity,unitPrice,discount,currency,note'.split(
    ',',
  );

/** 14 columns, about 147 bytes: what shops export. */
const order = (n: number, random: Random): string[] => {
  const name = random.pick(given);
  const surname = random.pick(family);
  const day = `2026-${digits(1 + random.below(12), 2)}-${digits(1 + random.below(28), 2)}`;
  const time = `${digits(random.below(24), 2)}:${digits(random.below(60), 2)}:${digits(random.below(60), 2)}`;
  return [
    `ORD-${digits(n, 9)}`,
    `C${digits(random.below(1_000_000), 7)}`,
    `${name} ${surname}`,
    `${name.toLowerCase()}.${surname.toLowerCase()}${random.below(1000)}@example.com`,
    random.pick(countries),
    random.pick(cities),
    `${day}T${time}Z`,
    random.pick(states),
    `SKU-${digits(random.below(100_000), 6)}`,
    String(1 + random.below(40)),
    `${random.below(900)}.${digits(random.below(100), 2)}`,
    `0.${digits(random.below(100), 2)}`,
    'EUR',
    random.pick(notes),
  ];
};

const nasty = (n: number, random: Random): string[] => {
  const row = order(n, random);
  if (random.below(2) === 0) row[2] = `${random.pick(accented)}, ${row[2]}`;
  if (random.below(4) === 0) row[5] = random.pick(accentedCities);
  const kind = random.below(6);
  if (kind === 0) row[13] = `first floor,\nthen "left"\nand ring twice`;
  if (kind === 1) row[13] = `"Café", says ${row[2]}`;
  if (kind === 2) row[13] = 'line one\r\nline two, with ""two"" quotes';
  return row;
};

const words = (
  'the order of a customer was sent to another address and came back after some days because nobody had opened the door ' +
  'so that we called twice before somebody answered who told us that every parcel should wait in the shop until Monday'
).split(' ');

const sentence = (random: Random): string => {
  const text = Array.from({ length: 6 + random.below(14) }, () => random.pick(words)).join(
    random.below(5) ? ' ' : ', ',
  );
  const kind = random.below(24);
  return kind === 0 ? `"${text}", she said.` : kind === 1 ? `${text} – naïvely.` : `${text}.`;
};

/** Long text: paragraphs of prose, 300 to 6,000 bytes. */
const article = (n: number, random: Random): string[] => [
  String(n),
  `2026-${digits(1 + random.below(12), 2)}-${digits(1 + random.below(28), 2)}`,
  `${random.pick(given)} ${random.pick(family)}`,
  sentence(random),
  Array.from({ length: 4 + random.below(60) }, () => sentence(random) + (random.below(8) ? ' ' : '\n\n')).join(''),
  random.pick(countries),
];

const wideColumns = Array.from({ length: 200 }, (_, column) => `column${digits(column, 3)}`);

/** 200 columns of numbers, codes and gaps. */
const wide = (n: number, random: Random): string[] =>
  wideColumns.map((_, column) => {
    if (column === 0) return String(n);
    const kind = column % 4;
    if (kind === 0) return digits(random.below(10_000), 4);
    if (kind === 1) return `${random.below(5000)}.${digits(random.below(1000), 3)}`;
    if (kind === 2) return random.pick(states);
    return random.below(3) === 0 ? '' : random.pick(countries);
  });

export const shapes = {
  /** No quotes, ASCII. */
  plain: { columns: orderColumns, row: order },
  /** The same with every tenth field in quotes. */
  q10: { columns: orderColumns, row: order, quoted: 10 },
  /** Quoted newlines and delimiters, doubled quotes, text beyond ASCII. */
  nasty: { columns: orderColumns, row: nasty },
  /** 200 columns. */
  wide: { columns: wideColumns, row: wide },
  /** Few columns, one of them with long text. */
  text: { columns: ['id', 'date', 'author', 'title', 'body', 'country'], row: article },
} as const satisfies Record<string, Shape>;

/** One field of each bad row, in turn, and what stands in it. */
const spoilt: readonly (readonly [number, string])[] = [
  [3, 'not an address'],
  [4, 'XX'],
  [6, '2026-02-30T10:00:00Z'],
  [8, 'SKU-12'],
  [9, 'many'],
  [10, '-1.50'],
  [0, ''],
];

/** Which rows of a shape with bad ones are bad. */
export const isBad = (n: number, percent: number): boolean => n % 100 < percent;

const withBad = (shape: Shape, percent: number): Shape => ({
  ...shape,
  row: (n, random) => {
    const row = [...shape.row(n, random)];
    if (!isBad(n, percent)) return row;
    const [column, text] = spoilt[Math.trunc(n / 100 + n) % spoilt.length]!;
    row[column] = text;
    return row;
  },
});

/** Orders of which a hundredth, or all, break the rule of the row benchmarks. */
export const badShapes = {
  'plain, 1 % bad': withBad(shapes.plain, 1),
  'q10, 1 % bad': withBad(shapes.q10, 1),
  'nasty, 1 % bad': withBad(shapes.nasty, 1),
  'plain, all bad': withBad(shapes.plain, 100),
} as const satisfies Record<string, Shape>;

export const allShapes = { ...shapes, ...badShapes };

export type ShapeName = keyof typeof allShapes;
