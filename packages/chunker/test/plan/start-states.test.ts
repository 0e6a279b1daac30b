import { expect, test } from 'vitest';
import { RECORD_START, startStates } from '../../src/plan/start-states.ts';
import { CLOSED_CR, COMMENT, ESCAPED, FIELD_START, QUOTE_IN_QUOTED, QUOTED, UNQUOTED } from '../../src/scan/states.ts';

const always = [FIELD_START, UNQUOTED];
const quoted = [QUOTED, QUOTE_IN_QUOTED];

test.each([
  ['nothing but a delimiter', { quote: '' }, []],
  ['quotes', { quote: '"' }, [...quoted, CLOSED_CR]],
  ['quotes that are doubled, by name', { quote: '"', escape: '"' }, [...quoted, CLOSED_CR]],
  ['quotes, and a CR that ends a record', { quote: '"', loneCr: true }, quoted],
  ['quotes, and a CR that does not', { quote: '"', loneCr: false }, [...quoted, CLOSED_CR]],
  ['an escape of its own', { quote: '"', escape: '\\' }, [...quoted, CLOSED_CR, ESCAPED]],
  ['an escape without quotes', { quote: '', escape: '\\' }, []],
  ['comments', { quote: '', comment: '#' }, [COMMENT, RECORD_START]],
  ['no comments', { quote: '', comment: '' }, []],
  ['all of it', { quote: '"', escape: '\\', comment: '#', loneCr: true }, [...quoted, ESCAPED, COMMENT, RECORD_START]],
] as const)('with %s a source can be in these states', (_, dialect, more) => {
  expect(startStates({ delimiter: ',', ...dialect })).toEqual([...always, ...more]);
});
