import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { canonicalNumber } from './canonical-number.ts';
import { requireOption } from './check-options.ts';
import { compositeKey, keyParts } from './composite-key.ts';
import { LookupKeyError } from './lookup.ts';

/** An attribute of a primary key, and the option that names it. */
export interface DynamoDbKeyAttribute {
  readonly option: string;
  readonly name: string;
  readonly type: 'S' | 'N';
}

/** Between keys of a look-up, what stands for them in calls, and attributes. */
export interface KeyCodec {
  readonly names: readonly string[];
  /** What stands for a key, the same for all that are one to DynamoDB; `undefined` when no item can have it. */
  encode(key: string): string | LookupKeyError | undefined;
  attributes(wire: string): Record<string, AttributeValue>;
  /** What stands for the key of an item; `undefined` when the item has none of this kind. */
  wireOf(item: Readonly<Record<string, AttributeValue>>): string | undefined;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html */
const maxBytes = [2048, 1024] as const;

/**
 * Makes a codec for a primary key of one attribute or two, the partition key first.
 *
 * @throws PipelineConfigError `CONFIG_INVALID`
 */
export const createKeyCodec = (parts: readonly DynamoDbKeyAttribute[]): KeyCodec => {
  for (const { option, name, type } of parts) {
    requireOption(typeof name === 'string' && name !== '', option, 'a name', name);
    requireOption(type === 'S' || type === 'N', option.replace('Attribute', 'Type'), "'S' or 'N'", type);
  }
  const names = parts.map(({ name }) => name);
  requireOption(new Set(names).size === names.length, 'sortKeyAttribute', 'another name than keyAttribute', names[1]);

  const join = (texts: readonly string[]): string => (texts.length === 1 ? texts[0]! : compositeKey(...texts));
  const split = (key: string): readonly string[] | undefined => (parts.length === 1 ? [key] : keyParts(key));
  return {
    names,
    encode: (key) => {
      const texts = split(key);
      if (texts?.length !== parts.length) return new LookupKeyError('the key is not a compositeKey(partition, sort)');
      const encoded: string[] = [];
      for (let index = 0; index < parts.length; index++) {
        const text = encodePart(texts[index]!, parts[index]!.type, maxBytes[index]!);
        if (text === undefined || LookupKeyError.is(text)) return text;
        encoded.push(text);
      }
      return join(encoded);
    },
    attributes: (wire) => {
      const texts = split(wire)!;
      return Object.fromEntries(
        parts.map(({ name, type }, index) => [name, type === 'S' ? { S: texts[index]! } : { N: texts[index]! }]),
      );
    },
    wireOf: (item) => {
      const texts: string[] = [];
      for (const { name, type } of parts) {
        const text = type === 'S' ? item[name]?.S : canonicalNumber(item[name]?.N ?? '');
        if (text === undefined) return undefined;
        texts.push(text);
      }
      return join(texts);
    },
  };
};

const encodePart = (text: string, type: 'S' | 'N', most: number): string | LookupKeyError | undefined => {
  if (text === '') return undefined; // DynamoDB refuses the whole call
  if (type === 'N')
    return canonicalNumber(text) ?? new LookupKeyError('the key is not a number that DynamoDB can hold');
  if (!text.isWellFormed()) return new LookupKeyError('the key is not valid Unicode');
  if (Buffer.byteLength(text) > most) return new LookupKeyError(`the key is longer than ${most} bytes`);
  return text;
};
