// https://duckdb.org/docs/stable/data/csv/overview: the same checks in SQL, good rows and bad ones into files of their own
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Job, Works } from '../../../chunker/bench/support/work.ts';
import { brokenColumns, readOrders } from '../order-sql.ts';

const checks = async ({ file, out }: Job, threads: number) => {
  const connection = await (await DuckDBInstance.create(':memory:', { threads: String(threads) })).connect();
  const columns = file.columns.map((name) => `"${name}"`).join(', ');
  const orders = readOrders(file.path, file.columns);
  const target = (name: string): string => `'${path.join(out, name)}'`;
  // One pass for both: the file is partitioned by whether anything is wrong.
  await connection.run(
    `copy (select ${columns}, array_to_string(broken, ';') as broken, len(broken) > 0 as bad ` +
      `from (select *, ${brokenColumns} as broken from ${orders})) ` +
      `to ${target('rows')} (format csv, header false, partition_by (bad), overwrite true)`,
  );
  const counted = async (bad: boolean): Promise<number> => {
    const glob = path.join(out, 'rows', `bad=${bad}`, '*.csv');
    const names = [...file.columns, 'broken'].map((name) => `'${name}': 'VARCHAR'`).join(', ');
    try {
      const result = await connection.runAndReadAll(
        `select count(*) from read_csv('${glob}', header = false, auto_detect = false, columns = {${names}}, max_line_size = 4000000)`,
      );
      return Number(result.getRows()[0]![0]);
    } catch {
      return 0; // no file: no such row
    }
  };
  const start = performance.now();
  const [rows, rejected] = [await counted(false), await counted(true)];
  const startMs = performance.now() - start; // looking at the result is not the work
  connection.closeSync();
  return { rows, rejected, startMs };
};

export const works: Works = {
  oneThread: (job) => checks(job, 1),
  twoThreads: (job) => checks(job, 2),
};
