import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { compileRuleModule } from '@pipeline/validate';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import schema from '../schemas/order.schema.json' with { type: 'json' };

const checkedIn = (name: string): Promise<string> => readFile(new URL(`../schemas/${name}`, import.meta.url), 'utf8');

test('the module of the rule is what pipeline compile-rule makes of the schema', async () => {
  const made = compileRuleModule(schema);
  const again = 'pnpm --filter @pipeline/example-orders compile-rule';
  expect((await checkedIn('order.rule.mjs')) === made.code, again).toBe(true);
  expect((await checkedIn('order.rule.d.mts')) === made.types, again).toBe(true);
});

test('no function has a compiler of schemas or patterns in its bundle', async () => {
  const functions = ['intake', 'split', 'process', 'resolve', 'merge', 'replay', 'notify'];
  const { metafile } = await build({
    entryPoints: functions.map((name) => fileURLToPath(new URL(`../functions/${name}.ts`, import.meta.url))),
    ...{ bundle: true, write: false, metafile: true, platform: 'node', format: 'esm', outdir: 'none' },
    ...{ mainFields: ['module', 'main'], conditions: ['@pipeline/source', 'module'], logLevel: 'silent' },
  });
  const bundled = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([input, { bytesInOutput }]) => (bytesInOutput > 0 ? [input] : [])),
  );
  expect(bundled.length).toBeGreaterThan(1000);
  expect(bundled.filter((input) => /node_modules\/(?:ajv\/dist\/(?!runtime\/)|@eslint-community)/.test(input))).toEqual(
    [],
  );
});
