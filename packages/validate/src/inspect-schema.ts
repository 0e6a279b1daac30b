import { isLevel, levelKeyword } from './levels.ts';
import { compileLinear } from './patterns/linear-pattern.ts';
import { isReservedName } from './reserved-name.ts';
import { quote, type Refuse } from './rule-error.ts';
import {
  childrenOf,
  type Dialect,
  isKeyword,
  isSchemaObject,
  type JsonSchema,
  pointerStep,
} from './schema-keywords.ts';

/** Where the named places of a schema are: `$anchor`, or `$id: "#name"` in draft-07. */
export type Anchors = ReadonlyMap<string, unknown>;

const hints: Readonly<Record<string, string>> = {
  nullable: `; write type: ["…", "null"]`,
  dependentRequired: '; it needs $schema 2020-12, in draft-07 write dependencies',
  dependentSchemas: '; it needs $schema 2020-12, in draft-07 write dependencies',
  unevaluatedProperties: '; it needs $schema 2020-12',
  prefixItems: '; it needs $schema 2020-12',
  $dynamicRef: '; rules refer by $ref',
  $recursiveRef: '; rules refer by $ref',
  id: '; write $id',
};

/**
 * Walks every schema position and refuses what the meta-schema lets pass or says badly: unknown keywords and formats,
 * patterns that do not compile, names on `Object.prototype`, refs that lead outside.
 */
export const inspectSchema = (
  root: JsonSchema,
  dialect: Dialect,
  formats: ReadonlySet<string>,
  refuse: Refuse,
): Anchors => {
  const anchors = new Map<string, unknown>();

  const checkPattern = (pattern: string, pointer: string): void => {
    try {
      new RegExp(pattern, 'u');
    } catch (cause) {
      refuse(
        pointer,
        `expected a regular expression (with flag u), got ${quote(pattern)}: ${(cause as Error).message}`,
        cause,
      );
    }
    try {
      compileLinear(pattern);
    } catch (cause) {
      refuse(
        pointer,
        `expected a pattern whose time is linear in the text, got ${quote(pattern)}: ${(cause as Error).message}; write it without, or as a check in code`,
        cause,
      );
    }
  };

  const checkNames = (names: readonly unknown[], pointer: string): void => {
    const reserved = names.find((name) => typeof name === 'string' && isReservedName(name));
    if (reserved !== undefined)
      refuse(pointer, `expected column names that are not on Object.prototype, got ${quote(reserved)}`);
  };

  const checkAnchor = (schema: JsonSchema, pointer: string): void => {
    const id = schema.$id;
    const named = typeof id === 'string' && id.startsWith('#') ? id.slice(1) : undefined;
    if (id !== undefined && named === undefined && pointer !== '')
      refuse(`${pointer}/$id`, 'expected no $id below the root; refer to the place by its JSON pointer');
    for (const anchor of [named, schema.$anchor]) {
      if (typeof anchor !== 'string') continue;
      if (anchors.has(anchor)) refuse(pointer, `expected each anchor once, got ${quote(anchor)} again`);
      anchors.set(anchor, schema);
    }
  };

  const visit = (schema: unknown, pointer: string): void => {
    if (!isSchemaObject(schema)) {
      if (typeof schema !== 'boolean')
        refuse(pointer, `expected a schema (object, true or false), got ${quote(schema)}`);
      return;
    }
    for (const keyword of Object.keys(schema)) {
      if (!isKeyword(dialect, keyword))
        refuse(
          pointer + pointerStep(keyword),
          `expected a keyword of JSON Schema ${dialect}, got ${quote(keyword)}${hints[keyword] ?? ''}`,
        );
    }
    checkAnchor(schema, pointer);
    if (levelKeyword in schema && !isLevel(schema[levelKeyword]))
      refuse(`${pointer}/${levelKeyword}`, `expected "error" or "warning", got ${quote(schema[levelKeyword])}`);
    const { pattern, format, properties, patternProperties, required, dependencies, dependentRequired } = schema;
    if (typeof pattern === 'string') checkPattern(pattern, `${pointer}/pattern`);
    if (typeof format === 'string' && !formats.has(format))
      refuse(`${pointer}/format`, `expected one of ${[...formats].sort().join(', ')}, got ${quote(format)}`);
    if (isSchemaObject(patternProperties))
      for (const name of Object.keys(patternProperties))
        checkPattern(name, `${pointer}/patternProperties${pointerStep(name)}`);
    if (isSchemaObject(properties)) checkNames(Object.keys(properties), `${pointer}/properties`);
    if (Array.isArray(required)) checkNames(required, `${pointer}/required`);
    for (const [keyword, map] of Object.entries({ dependencies, dependentRequired })) {
      if (isSchemaObject(map)) checkNames([...Object.keys(map), ...Object.values(map).flat()], `${pointer}/${keyword}`);
    }
    if (isSchemaObject(schema.dependentSchemas))
      checkNames(Object.keys(schema.dependentSchemas), `${pointer}/dependentSchemas`);
    for (const child of childrenOf(dialect, schema)) visit(child.schema, pointer + child.step);
  };

  visit(root, '');
  return anchors;
};
