import { parseArgs } from 'node:util';
import { type ShapeName, shapes } from './shapes.ts';

const { values } = parseArgs({
  options: {
    /** Of the data, such as `100MB` or `1GB`. */
    size: { type: 'string', default: '100MB' },
    /** Names, with commas between. */
    shapes: { type: 'string', default: Object.keys(shapes).join(',') },
    /** Measured rounds, after one to warm up; odd. */
    rounds: { type: 'string', default: '5' },
    /** Adds 1 GB of plain and nasty data to each table. */
    full: { type: 'boolean', default: false },
  },
});

const bytesOf = (text: string): number => {
  const match = /^(\d+)(MB|GB)$/i.exec(text);
  if (match === null) throw new Error(`--size takes something like 100MB or 1GB, not ${text}`);
  return Number(match[1]) * (match[2]!.toUpperCase() === 'GB' ? 1e9 : 1e6);
};

const names = values.shapes.split(',').filter((name): name is keyof typeof shapes => Object.hasOwn(shapes, name));

export const options = { rounds: Number(values.rounds), bytes: bytesOf(values.size), shapes: names };

/** The data that every table is made for: each shape at the size asked for, and with `--full` two of them at 1 GB. */
export const dataSets: readonly { readonly shape: ShapeName; readonly bytes: number; readonly label: string }[] = [
  ...names.map((shape) => ({
    shape,
    bytes: options.bytes,
    label: values.size === '100MB' ? shape : `${shape} ${values.size}`,
  })),
  ...(values.full ? (['plain', 'nasty'] as const).map((shape) => ({ shape, bytes: 1e9, label: `${shape} 1GB` })) : []),
];
