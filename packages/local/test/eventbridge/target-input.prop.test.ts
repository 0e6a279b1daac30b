import fc from 'fast-check';
import { expect, it } from 'vitest';
import { inputFor } from '../../src/eventbridge/target-input.ts';

const context = { ruleArn: 'arn:rule', ruleName: 'rule', ingestionTime: '2026-01-01T00:00:00Z' };
const scalar = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
);

it('a template that is JSON stays JSON whatever an event holds, and texts come through as they are', () => {
  fc.assert(
    fc.property(scalar, fc.string({ unit: 'binary' }), fc.jsonValue(), (value, text, whole) => {
      const event = { detail: { value, text, whole } };
      const InputTransformer = {
        InputPathsMap: { value: '$.detail.value', text: '$.detail.text', whole: '$.detail.whole' },
        InputTemplate: '{"value": <value>, "text": "say <text>, \\"quoted\\" <text>", "whole": <whole>}',
      };
      const sent = JSON.parse(inputFor(event, { InputTransformer }, context));
      const told = JSON.parse(JSON.stringify(event.detail));
      expect(sent).toEqual({
        value: told.value,
        text: `say ${text}, "quoted" ${text}`,
        whole: told.whole ?? '',
      });
    }),
  );
});

it('a path leads to what an event has there', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { minLength: 1, maxLength: 4 }), fc.nat(3), (list, index) => {
      const event = { detail: { 'a-b': list } };
      const found = JSON.parse(JSON.stringify(list))[index] ?? null;
      for (const path of [`$.detail.a-b[${index}]`, `$['detail']['a-b'][${index}]`])
        expect(JSON.parse(inputFor(event, { InputPath: path }, context))).toEqual(found);
      expect(JSON.parse(inputFor(event, {}, context))).toEqual(JSON.parse(JSON.stringify(event)));
    }),
  );
});
