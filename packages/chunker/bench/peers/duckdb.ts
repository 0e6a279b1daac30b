// https://duckdb.org/docs/stable/data/csv/overview and https://duckdb.org/docs/stable/clients/node_neo/overview
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { addArray, createTally, objectAdder } from '../support/consume.ts';
import { partCount } from '../support/parts.ts';
import type { Works } from '../support/work.ts';

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** All values as text, and gaps as empty text, as the others have them. */
const read = (file: string): string =>
  `read_csv(${text(file)}, header = true, all_varchar = true, delim = ',', quote = '"', escape = '"', auto_detect = false, ` +
  `columns = {columns}, nullstr = '\\N', max_line_size = 4000000)`;

const source = (file: string, columns: readonly string[]): string =>
  read(file).replace('{columns}', `{${columns.map((name) => `${text(name)}: 'VARCHAR'`).join(', ')}}`);

const connect = async () => (await DuckDBInstance.create(':memory:')).connect();

export const works: Works = {
  arrays: async ({ file }) => {
    const tally = createTally();
    const connection = await connect();
    const result = await connection.stream(`select * from ${source(file.path, file.columns)}`);
    for await (const chunk of result) for (const row of chunk.getRows()) addArray(tally, row);
    connection.closeSync();
    return tally;
  },
  objects: async ({ file }) => {
    const tally = createTally();
    const add = objectAdder(file.columns);
    const connection = await connect();
    const result = await connection.stream(`select * from ${source(file.path, file.columns)}`);
    for await (const chunk of result) for (const row of chunk.getRowObjects(file.columns)) add(tally, row);
    connection.closeSync();
    return tally;
  },
  split: async ({ file, out }) => {
    const connection = await connect();
    const size = Math.ceil(file.bytes / partCount);
    await connection.run(
      `copy (select * from ${source(file.path, file.columns)}) to ${text(path.join(out, 'parts'))} ` +
        `(format csv, header true, file_size_bytes ${size})`,
    );
    connection.closeSync();
    return { rows: 0 };
  },
};
