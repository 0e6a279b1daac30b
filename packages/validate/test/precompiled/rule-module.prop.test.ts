import type { CsvRecord } from '@pipeline/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileRule, compileRuleModule, type RowRule } from '../../src/index.ts';
import { columns, loadModule, rules, tables } from './generated.ts';
import { outcome } from './outcome.ts';

it('a module holds the rule that compileRule makes, on rows and on the bytes of files of any columns', async () => {
  let passed = 0;
  let rejected = 0;
  let warned = 0;
  let onBytes = 0;
  await fc.assert(
    fc.asyncProperty(
      rules,
      fc.constantFrom(
        columns,
        columns.toReversed(),
        columns.slice(1),
        [...columns, 'strange'],
        ['strange', ...columns],
      ),
      fc.boolean(),
      fc.constantFrom(undefined, '\\'),
      fc.infiniteStream(fc.nat()),
      async ({ schema, options: given }, names, foreseen, escaped, seeds) => {
        let rule: RowRule<CsvRecord>;
        try {
          rule = compileRule(schema, given);
        } catch (refusal) {
          // What is no rule is no module, for the same reason.
          expect(() => compileRuleModule(schema, given)).toThrow((refusal as Error).message);
          return;
        }
        let layout = {};
        try {
          rule.checkHeader(names);
          if (foreseen) layout = { layout: names };
        } catch {}
        const loaded = loadModule(compileRuleModule(schema, { ...given, ...layout }).code).rule;
        expect({ schema: loaded.schema, columns: loaded.columns, required: loaded.required }).toEqual({
          ...{ schema: rule.schema, columns: rule.columns, required: rule.required },
        });
        if (rule.compileFast(names, { quote: 34, escape: 34 }) !== undefined) onBytes++;
        const [rows] = fc.sample(tables(rule, names), { numRuns: 1, seed: seeds.next().value });
        for (const row of rows!) {
          const record = Object.fromEntries(names.map((name, i) => [name, row[i]!]));
          const said = rule.check(record, 7);
          expect(loaded.check(record, 7)).toEqual(said);
          if (said.ok) expect(loaded.read(record)).toEqual(rule.read(record));
          if (!said.ok) rejected++;
          else if (said.warnings.length > 0) warned++;
          else passed++;
        }
        expect(await outcome(loaded, names, rows!, escaped)).toEqual(await outcome(rule, names, rows!, escaped));
      },
    ),
    { numRuns: 150 },
  );
  // All were met often enough to say something.
  expect(Math.min(passed, rejected, warned)).toBeGreaterThan(200);
  expect(onBytes).toBeGreaterThan(30);
});
