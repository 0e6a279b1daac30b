import { evaluate, type PolicyDocument } from '@pipeline/local';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchesWildcard } from '../../src/iam/wildcard.ts';

const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', ':'), maxLength: 8 });
const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '?'), maxLength: 8 });

test('wildcards match as the same regular expression does', () => {
  fc.assert(
    fc.property(pattern, text, (wanted, got) => {
      const regExp = new RegExp(`^${wanted.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
      expect(matchesWildcard(wanted, got)).toBe(regExp.test(got));
    }),
    { numRuns: 2000 },
  );
});

test('a text that many stars could match is decided at once', () => {
  expect(matchesWildcard(`${'a*'.repeat(40)}b`, 'a'.repeat(20_000))).toBe(false);
});

const statement = fc.record({
  Effect: fc.constantFrom('Allow' as const, 'Deny' as const),
  Action: fc.array(fc.constantFrom('s3:GetObject', 's3:PutObject', 's3:*', 's3:Get*'), { minLength: 1, maxLength: 2 }),
  Resource: fc.array(fc.constantFrom('*', 'arn:aws:s3:::b/in/*', 'arn:aws:s3:::b/out/*'), {
    minLength: 1,
    maxLength: 2,
  }),
});
const documents = fc.array(fc.record({ Statement: fc.array(statement, { maxLength: 3 }) }), {
  maxLength: 3,
}) as fc.Arbitrary<PolicyDocument[]>;
const request = fc.record({
  action: fc.constantFrom('s3:GetObject', 's3:putobject', 's3:DeleteObject'),
  resource: fc.constantFrom('arn:aws:s3:::b/in/x', 'arn:aws:s3:::b/out/x', 'arn:aws:s3:::c/in/x'),
});

test('a denial is final, nothing is granted by nothing, and more allowances never take one away', () => {
  fc.assert(
    fc.property(documents, request, statement, (policies, wanted, more) => {
      const before = evaluate(policies, wanted);
      const after = evaluate([...policies, { Statement: { ...more, Effect: 'Allow' } }], wanted);
      if (before === 'allowed') expect(after).toBe('allowed');
      if (before === 'denied') expect(after).toBe('denied');
      expect(evaluate([], wanted)).toBe('not granted');
      const all = { Effect: 'Deny' as const, Action: '*', Resource: '*' };
      expect(evaluate([...policies, { Statement: all }], wanted)).toBe('denied');
    }),
  );
});

test('the order of policies and statements is of no account', () => {
  fc.assert(
    fc.property(documents, request, (policies, wanted) => {
      const turned = [...policies].reverse().map(({ Statement }) => ({ Statement: [Statement].flat().reverse() }));
      expect(evaluate(turned, wanted)).toBe(evaluate(policies, wanted));
    }),
  );
});

test.each([
  [{ StringEquals: { 'ses:FromAddress': 'a@example.com' } }, { 'ses:FromAddress': 'a@example.com' }, 'allowed'],
  [{ StringEquals: { 'ses:FromAddress': 'a@example.com' } }, { 'ses:FromAddress': 'b@example.com' }, 'not granted'],
  [{ StringEquals: { 'ses:FromAddress': 'a@example.com' } }, {}, 'not granted'],
  [{ StringLike: { 'ses:FromAddress': '*@example.com' } }, { 'SES:fromaddress': 'a@example.com' }, 'allowed'],
  [{ StringNotEquals: { 'ses:FromAddress': 'a@example.com' } }, {}, 'allowed'],
  [{ Bool: { 'aws:SecureTransport': 'true' } }, { 'aws:SecureTransport': 'false' }, 'not granted'],
] as const)('the condition %j with %j is %s', (Condition, context, decision) => {
  const policies = [{ Statement: { Effect: 'Allow' as const, Action: 'ses:SendEmail', Resource: '*', Condition } }];
  expect(evaluate(policies, { action: 'ses:SendEmail', resource: 'arn', context })).toBe(decision);
});

test('an operator that is not known is refused, not guessed', () => {
  const Condition = { DateLessThan: { 'aws:CurrentTime': '2026-01-01' } };
  const policies = [{ Statement: { Effect: 'Allow' as const, Action: '*', Resource: '*', Condition } }];
  expect(() => evaluate(policies, { action: 's3:GetObject', resource: 'arn' })).toThrow(/DateLessThan/);
});
