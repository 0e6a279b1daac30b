/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const maxDigits = 38;
const minMagnitude = -130;
const maxMagnitude = 125;

/**
 * One text for every way to write a decimal number (`007`, `7.0` and `0.7e1` are `7e0`): DynamoDB treats them as one key
 * and answers with a text of its own. `undefined` for what is no number or none that DynamoDB can hold, because one such
 * key makes it refuse a whole call.
 */
export const canonicalNumber = (text: string): string | undefined => {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i.exec(text.trim());
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return undefined;
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  const scale = Number(exponent) - fraction.length + digits.length - significant.length;
  const magnitude = scale + significant.length - 1;
  if (significant.length > maxDigits || magnitude < minMagnitude || magnitude > maxMagnitude) return undefined;
  return `${sign === '-' ? '-' : ''}${significant}e${scale}`;
};
