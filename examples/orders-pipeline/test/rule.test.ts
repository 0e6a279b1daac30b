import { readFile } from 'node:fs/promises';
import { compileRuleModule } from '@pipeline/validate';
import { expect, test } from 'vitest';
import schema from '../schemas/order.schema.json' with { type: 'json' };

const checkedIn = (name: string): Promise<string> =>
  readFile(new URL(`../schemas/${name}`, import.meta.url), 'utf8');

test('the module of the rule is what pipeline compile-rule makes of the schema', async () => {
  const made = compileRuleModule(schema);
  const again = 'npm run pipeline -- compile-rule order.schema.json --linked --out order.rule.mjs, in schemas/';
  expect((await checkedIn('order.rule.mjs')) === made.code, again).toBe(true);
  expect((await checkedIn('order.rule.d.mts')) === made.types, again).toBe(true);
});
