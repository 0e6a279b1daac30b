import { createHash } from 'node:crypto';
import { invalidParameter } from './errors.ts';

/** A message attribute as it goes over the wire. */
export interface MessageAttribute {
  /** `String`, `Number` or `Binary`, and a label of one's own behind a dot. */
  readonly DataType: string;
  readonly StringValue?: string;
  /** Base64. */
  readonly BinaryValue?: string;
}

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

const mostAttributes = 10;

/**
 * Checks the attributes of a message.
 *
 * @throws ServiceError `InvalidParameterValue`
 */
export const checkMessageAttributes = (given: unknown): MessageAttributes => {
  const attributes = (given ?? {}) as MessageAttributes;
  const names = Object.keys(attributes);
  if (names.length > mostAttributes)
    throw invalidParameter(`Number of message attributes [${names.length}] exceeds the allowed maximum [10].`);
  for (const name of names) {
    const { DataType = '', StringValue, BinaryValue } = attributes[name]!;
    if (!/^[A-Za-z0-9_.-]{1,256}$/.test(name) || /^\.|\.$|\.\.|^(aws|amazon)\./i.test(name))
      throw invalidParameter(`Message (user) attribute name '${name}' is invalid.`);
    if (!/^(String|Number|Binary)(\..+)?$/.test(DataType))
      throw invalidParameter(
        `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
      );
    const value = DataType.startsWith('Binary') ? BinaryValue : StringValue;
    if (value === undefined || value === '')
      throw invalidParameter(
        `Message (user) attribute '${name}' must contain a non-empty value of type '${DataType.split('.')[0]}'.`,
      );
    if (DataType.startsWith('Number') && !Number.isFinite(Number(value)))
      throw invalidParameter(`Can't cast the value of message (user) attribute '${name}' to a number.`);
  }
  return attributes;
};

/** Bytes of attributes, which count towards the size of a message. */
export const attributeBytes = (attributes: MessageAttributes): number =>
  Object.entries(attributes).reduce(
    (sum, [name, { DataType, StringValue, BinaryValue }]) =>
      sum +
      Buffer.byteLength(name) +
      Buffer.byteLength(DataType) +
      (BinaryValue === undefined ? Buffer.byteLength(StringValue ?? '') : Buffer.from(BinaryValue, 'base64').length),
    0,
  );

/**
 * The checksum that SDKs hold attributes against; `undefined` when there are none.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation
 */
export const attributesMd5 = (attributes: MessageAttributes): string | undefined => {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const hash = createHash('md5');
  const add = (bytes: Buffer): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const name of names) {
    const { DataType, StringValue, BinaryValue } = attributes[name]!;
    add(Buffer.from(name));
    add(Buffer.from(DataType));
    hash.update(Buffer.of(BinaryValue === undefined ? 1 : 2));
    add(BinaryValue === undefined ? Buffer.from(StringValue ?? '') : Buffer.from(BinaryValue, 'base64'));
  }
  return hash.digest('hex');
};

export const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/** Those attributes whose names are asked for: by name, by `prefix.*`, or all. */
export const attributesNamed = (attributes: MessageAttributes, wanted: readonly string[]): MessageAttributes => {
  const fits = (name: string): boolean =>
    wanted.some(
      (one) =>
        one === 'All' || one === '.*' || one === name || (one.endsWith('.*') && name.startsWith(one.slice(0, -1))),
    );
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => fits(name)));
};
