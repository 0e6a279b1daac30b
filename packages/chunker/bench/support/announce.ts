import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { benchFolder } from './data.ts';

const peers = ['csv-parse', 'csv-stringify', 'udsv', 'papaparse', 'fast-csv', 'csv-parser', '@duckdb/node-api'];

const versionOf = (name: string): string => {
  const manifest = new URL(`../../node_modules/${name}/package.json`, import.meta.url);
  return `${name} ${(JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version}`;
};

let announced = false;

/** Says once what is measured on and against, and where the data stays. */
export const announce = (): void => {
  if (announced) return;
  announced = true;
  console.log(
    `Node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
  );
  console.log(peers.map(versionOf).join(', '));
  console.log(`The data is in ${benchFolder(0)} and stays there for the next time.`);
};
