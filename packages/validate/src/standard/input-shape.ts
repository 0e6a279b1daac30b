import { inlineRefs } from '../inline-refs.ts';
import { compileLinear } from '../patterns/linear-pattern.ts';
import { type RowShape, rowShape } from '../row-shape.ts';
import { isSchemaObject, type JsonSchema } from '../schema-keywords.ts';
import type { StandardSchema } from './standard-rule.ts';

/** What a Standard Schema says of the rows that it takes. */
export interface InputShape {
  readonly schema: JsonSchema;
  readonly shape: RowShape;
}

/**
 * Asks a Standard Schema for the JSON Schema of its input and reads the shape of rows off it. A schema that cannot say
 * it, or says what is no row, takes text in whatever columns there are.
 */
export const inputShape = (schema: StandardSchema): InputShape => {
  const said = askedFor(schema);
  if (said !== undefined) {
    try {
      const inlined = inlineRefs(said, '2020-12', new Map(), () => {
        throw new Error('no shape of rows');
      });
      return { schema: said, shape: rowShape(inlined.schema, compileLinear) };
    } catch {
      // Patterns of another engine, references into themselves: the schema is checked by its own code all the same.
    }
  }
  return { schema: {}, shape: rowShape({}, compileLinear) };
};

const askedFor = (schema: StandardSchema): JsonSchema | undefined => {
  const input = schema['~standard'].jsonSchema?.input;
  if (input === undefined) return undefined;
  // Zod throws at types that JSON lacks, such as dates, unless it is told to let them be anything.
  for (const libraryOptions of [{ unrepresentable: 'any' }, undefined]) {
    try {
      const said = input({ target: 'draft-2020-12', ...(libraryOptions === undefined ? {} : { libraryOptions }) });
      return isSchemaObject(said) && said.type === 'object' ? said : undefined;
    } catch {}
  }
  return undefined;
};
