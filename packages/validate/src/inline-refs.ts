import type { Anchors } from './inspect-schema.ts';
import { quote, type Refuse } from './rule-error.ts';
import { type Dialect, isSchemaObject, type JsonSchema, mapChildren, type Subschema } from './schema-keywords.ts';

/** Schema objects that may remain once every `$ref` is replaced by what it names. */
const maxExpandedSchemas = 50_000;
/** Schemas inside one another once refs are replaced; a long chain of refs counts like nesting. */
const maxExpandedDepth = 100;

const annotations = new Set(['$ref', '$comment', 'title', 'description', 'examples', 'readOnly', 'writeOnly']);
const dropped = new Set(['$schema', '$id', '$anchor', 'definitions', '$defs']);

/** A schema without any `$ref`, and where each of its objects stands in the document. */
export interface InlinedSchema {
  readonly schema: JsonSchema;
  readonly pointerOf: (schema: unknown) => string;
}

/**
 * Replaces every local `$ref` by what it names, so that types are found and errors are placed without following refs.
 * Keywords beside a `$ref` count as well, as in 2020-12 and in ajv. A row is flat, so a `$ref` into itself has no use
 * and is refused.
 */
export const inlineRefs = (root: JsonSchema, dialect: Dialect, anchors: Anchors, refuse: Refuse): InlinedSchema => {
  const pointers = new WeakMap<object, string>();
  let left = maxExpandedSchemas;

  const resolve = (ref: string, pointer: string): { target: unknown; pointer: string } => {
    const own = typeof root.$id === 'string' && ref.startsWith(`${root.$id.replace(/#$/, '')}#`);
    const local = own ? ref.slice(ref.indexOf('#')) : ref;
    const place = `${pointer}/$ref`;
    if (!local.startsWith('#'))
      return refuse(place, `expected a reference inside this schema ("#/…"), got ${quote(ref)}; nothing is fetched`);
    const fragment = decode(local.slice(1));
    if (fragment === '') return { target: root, pointer: '' };
    const target = fragment.startsWith('/') ? follow(root, fragment) : anchors.get(fragment);
    if (target === undefined) refuse(place, `expected a reference to a place that exists, got ${quote(ref)}`);
    return { target, pointer: fragment.startsWith('/') ? fragment : `(${fragment})` };
  };

  const expand = (schema: unknown, pointer: string, open: ReadonlySet<unknown>, depth: number): Subschema => {
    if (!isSchemaObject(schema)) {
      if (typeof schema === 'boolean') return schema;
      return refuse(pointer, `expected a schema (object, true or false), got ${quote(schema)}`);
    }
    if (--left < 0) refuse(pointer, `expected at most ${maxExpandedSchemas} schemas once every $ref is followed`);
    if (depth > maxExpandedDepth)
      refuse(pointer, `expected at most ${maxExpandedDepth} levels of schemas once every $ref is followed`);
    const kept = Object.fromEntries(Object.entries(schema).filter(([keyword]) => !dropped.has(keyword)));
    const { $ref, ...siblings } = mapChildren(dialect, kept, (child, step) =>
      expand(child, pointer + step, open, depth + 1),
    );
    if (typeof $ref !== 'string') return place(siblings, pointer);
    const { target, pointer: targetPointer } = resolve($ref, pointer);
    if (open.has(target)) refuse(`${pointer}/$ref`, `expected no reference into itself, got ${quote($ref)}`);
    const referred = expand(target, targetPointer, new Set(open).add(target), depth + 1);
    if (Object.keys(siblings).every((keyword) => annotations.has(keyword))) return referred;
    const allOf = Array.isArray(siblings.allOf) ? (siblings.allOf as unknown[]) : [];
    return place({ ...siblings, allOf: [referred, ...allOf] }, pointer);
  };

  const place = (schema: JsonSchema, pointer: string): JsonSchema => {
    pointers.set(schema, pointer);
    return schema;
  };

  const schema = expand(root, '', new Set([root]), 1);
  return {
    // A root that is nothing but a `$ref` to `true` or `false` is the one way to get no object here.
    schema: typeof schema === 'boolean' ? refuse('', 'expected a schema of an object, got a boolean schema') : schema,
    pointerOf: (inner) => (typeof inner === 'object' && inner !== null ? (pointers.get(inner) ?? '') : ''),
  };
};

const decode = (fragment: string): string => {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
};

const follow = (root: unknown, pointer: string): unknown => {
  let current = root;
  for (const step of pointer.slice(1).split('/')) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, name)) return undefined;
    current = (current as Record<string, unknown>)[name];
  }
  return current;
};
