/**
 * What a rule costs at the start of a process: from the import of a bundle to the first verdict, and to the end of the first
 * thousand rows. One bundle has `compileRule`, the other a module of `pipeline compile-rule`; both are made as functions are
 * for Lambda. Every measurement is a process of its own, the two in turn. Then rows per second of both in one warm process.
 *
 *     node --conditions=@pipeline/source packages/local/bench/compiled-rule.bench.ts [rounds]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { compileRuleModule } from '@pipeline/validate';
import * as esbuild from 'esbuild';
import { orderSchema } from '../../validate/bench/order-schema.ts';

const rounds = Number(process.argv[2] ?? 15);
const columns = Object.keys(orderSchema.properties);

const rules = {
  compileRule: `import { compileRule, validate } from '@pipeline/validate';
    export const rule = compileRule(${JSON.stringify(orderSchema)});
    export { validate };`,
  'compile-rule module': `${compileRuleModule(orderSchema).code}
    export { validate } from '@pipeline/validate/precompiled';`,
} as const;
type Way = keyof typeof rules;
const ways = Object.keys(rules) as readonly Way[];

const rowsEntry = `import { parseRows } from '@pipeline/chunker';
  import { createRunContext } from '@pipeline/core';
  const columns = ${JSON.stringify(columns)};
  const lines = (count) => Array.from({ length: count }, (_, n) =>
    \`ORD-\${100000000 + n},C\${1000000 + (n % 9999)},"Anna, \${n}",a\${n}@example.com,DE,Köln,2024-02-\${10 + (n % 19)}T10:00:00Z,\` +
    \`paid,SKU-\${100000 + (n % 9999)},\${n % 100 === 99 ? 'many' : 1 + (n % 900)},\${n % 500}.5,0.1,EUR,\${n % 4 === 0 ? '' : 'ring'}\\n\`);
  export const record = Object.fromEntries(columns.map((name, i) => [name, lines(1)[0].replace('"Anna, 0"', 'Anna').trim().split(',')[i]]));
  export const fileOf = (count) => Buffer.from(lines(count).join(''));
  export const passed = async (bytes, stage) => {
    let count = 0;
    const pieces = (async function* () { yield bytes; })();
    for await (const batch of stage(parseRows(pieces, { columns, dialect: { delimiter: ',', quote: '"' } }), createRunContext()))
      count += batch.rows.length;
    return count;
  };`;

const coldChild = `import { fileOf, passed, record } from './rows.mjs';
  const bytes = fileOf(1000);
  const start = performance.now();
  const { rule, validate } = await import(process.argv[2]);
  if (!rule.check(record).ok) throw new Error('the first row must pass');
  const verdict = performance.now() - start;
  if ((await passed(bytes, validate(rule))) !== 990) throw new Error('990 rows must pass');
  console.log(JSON.stringify({ verdict, rows: performance.now() - start }));`;

const warmChild = `import { fileOf, passed } from './rows.mjs';
  const bytes = fileOf(100_000);
  const stages = await Promise.all(process.argv.slice(2).map(async (file) => {
    const { rule, validate } = await import(file);
    return validate(rule);
  }));
  const rates = stages.map(() => []);
  for (let round = -2; round < 7; round++)
    for (const [i, stage] of stages.entries()) {
      const start = performance.now();
      await passed(bytes, stage);
      if (round >= 0) rates[i].push(100_000 / ((performance.now() - start) / 1000));
    }
  console.log(JSON.stringify(rates));`;

const folder = mkdtempSync(path.join(tmpdir(), 'compiled-rule-'));
const inFolder = (name: string): string => path.join(folder, name);
const bundleOf = (way: Way): string => inFolder(`${ways.indexOf(way)}.mjs`);

const bundle = async (contents: string, outfile: string): Promise<void> => {
  await esbuild.build({
    stdin: { contents, resolveDir: import.meta.dirname, loader: 'js' },
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    legalComments: 'none',
    mainFields: ['module', 'main'],
    conditions: ['@pipeline/source', 'module'],
  });
};

const answerOf = <T>(script: string, ...files: readonly string[]): T => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [inFolder(script), ...files], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as T;
};

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

try {
  await bundle(rowsEntry, inFolder('rows.mjs'));
  for (const way of ways) await bundle(rules[way], bundleOf(way));
  writeFileSync(inFolder('cold.mjs'), coldChild);
  writeFileSync(inFolder('warm.mjs'), warmChild);

  const cold = new Map(ways.map((way) => [way, { verdict: [] as number[], rows: [] as number[] }]));
  for (let round = -1; round < rounds; round++)
    for (const way of ways) {
      const { verdict, rows } = answerOf<{ verdict: number; rows: number }>('cold.mjs', bundleOf(way));
      if (round < 0) continue; // the files are in the cache of the system from here on
      cold.get(way)!.verdict.push(verdict);
      cold.get(way)!.rows.push(rows);
    }
  const warm = answerOf<number[][]>('warm.mjs', ...ways.map(bundleOf));

  const shown = (value: number, digits: number): string => value.toFixed(digits).padStart(12);
  console.log(`Rule of ${columns.length} columns, medians of ${rounds} processes, Node ${process.version}\n`);
  console.log(`${''.padEnd(22)}  bundle, kB  verdict, ms  1,000 rows, ms     rows/s`);
  for (const [i, way] of ways.entries()) {
    const { verdict, rows } = cold.get(way)!;
    console.log(
      `${way.padEnd(22)}${shown(statSync(bundleOf(way)).size / 1000, 0)}${shown(median(verdict), 1)} ${shown(median(rows), 1)}    ${Math.round(median(warm[i]!)).toLocaleString('en-US').padStart(11)}`,
    );
  }
  const ratio = (of: 'verdict' | 'rows'): string => {
    const [compiled, module] = ways.map((way) => median(cold.get(way)![of]));
    return (compiled! / module!).toFixed(1);
  };
  console.log(`\nratio (compileRule : module)  first verdict ${ratio('verdict')}, first 1,000 rows ${ratio('rows')}`);
  console.log(
    `ratio (module : compileRule)  rows per second, warm ${(median(warm[1]!) / median(warm[0]!)).toFixed(2)}`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
