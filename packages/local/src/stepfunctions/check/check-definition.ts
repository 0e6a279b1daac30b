import { createRequire } from 'node:module';
import { isObject } from '../data/json.ts';
import type { Definition } from '../definition.ts';
import type { Engine } from '../engine/engine.ts';
import { checkFlow } from './check-flow.ts';
import { type Problem, SCHEMA, UNSUPPORTED } from './problem.ts';

/** A definition that was read, and what is wrong with it. */
export interface CheckedDefinition {
  readonly definition?: Definition;
  readonly problems: readonly Problem[];
}

interface AslError {
  readonly 'Error code'?: string;
  readonly Message?: string;
  readonly message?: string;
  readonly schemaError?: { readonly instancePath?: string };
}

type AslValidator = (
  definition: object,
  options: { readonly checkPaths: boolean; readonly checkArn: boolean },
) => { readonly errors: readonly AslError[] };

/** A CommonJS package without type declarations, loaded when it is first needed: it brings ajv and jsonata along. */
const loadValidator = (): AslValidator => createRequire(import.meta.url)('asl-validator') as AslValidator;

const TOP_FIELDS = new Set(['Comment', 'StartAt', 'States', 'Version', 'TimeoutSeconds', 'QueryLanguage']);
const MAX_DEFINITION_BYTES = 1_048_576;

/**
 * Reads a definition and checks it: the structure (with asl-validator), what asl-validator does not see, and that
 * nothing in it is beyond this interpreter. Nothing is ignored: a field that would not be acted on is a problem.
 */
export async function checkDefinition(engine: Engine, text: string): Promise<CheckedDefinition> {
  if (Buffer.byteLength(text) > MAX_DEFINITION_BYTES)
    return { problems: [problem(SCHEMA, 'The definition exceeds 1 MiB', '/')] };
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    return { problems: [problem('INVALID_JSON_DESCRIPTION', (error as Error).message, '/')] };
  }
  if (!isObject(parsed))
    return { problems: [problem('INVALID_JSON_DESCRIPTION', 'The definition is not a JSON object', '/')] };
  const missing = ['States', 'StartAt'].filter((field) => !Object.hasOwn(parsed, field));
  if (missing.length > 0)
    return { problems: [problem(SCHEMA, `These fields are required: [${missing.join(', ')}]`, '/')] };

  const problems: Problem[] = [];
  const report = (message: string, location: string, code = SCHEMA): void => {
    problems.push({ code, message, location });
  };
  if (parsed.QueryLanguage !== undefined && parsed.QueryLanguage !== 'JSONPath') {
    report(
      `QueryLanguage '${String(parsed.QueryLanguage)}' is not supported, only JSONPath is`,
      '/QueryLanguage',
      UNSUPPORTED,
    );
  }
  for (const field of Object.keys(parsed))
    if (!TOP_FIELDS.has(field)) report(`Field is not supported: ${field}`, `/${field}`);
  const definition = parsed as unknown as Definition;
  await checkFlow(definition, '', { engine, report, express: false });
  // What is beyond JSONPath mode is told by its own message; the schema would only say that no variant fits.
  if (problems.length === 0) problems.push(...schemaProblems(parsed));
  return { definition, problems };
}

function schemaProblems(definition: object): Problem[] {
  // The validator writes QueryLanguage into what it checks, and knows the whole percentages only.
  const copy = structuredClone(definition);
  roundPercentages(copy);
  // Its own grammar of paths and templates refuses numbers like 1.5 and escaped braces; ours has checked them all.
  return loadValidator()(copy, { checkPaths: false, checkArn: false }).errors.map(
    ({ 'Error code': code = SCHEMA, Message, message = '', schemaError }) =>
      problem(code, Message ?? message, schemaError?.instancePath || '/'),
  );
}

function roundPercentages(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === 'ToleratedFailurePercentage' && typeof inner === 'number' && inner >= 0 && inner <= 100) {
      (value as Record<string, unknown>)[key] = Math.round(inner);
    } else roundPercentages(inner);
  }
}

function problem(code: string, message: string, location: string): Problem {
  return { code, message, location };
}
