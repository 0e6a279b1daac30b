import type { ErrorObject } from 'ajv';

/** One failure as a person would count it: the branches of an `anyOf` belong to the `anyOf`. */
export interface Finding {
  readonly error: ErrorObject;
  readonly column: string | undefined;
  /** Kinds of value that were expected, when the type is what failed. */
  readonly expected: readonly string[] | undefined;
  /** Findings per branch, for combined keywords. */
  readonly branches: readonly (readonly Finding[])[];
}

const combined: ReadonlySet<string> = new Set(['anyOf', 'oneOf', 'propertyNames']);

/** Folds ajv's flat list, in which every branch of a combined keyword comes before the keyword itself, into findings. */
export const foldErrors = (errors: readonly ErrorObject[]): Finding[] => {
  const findings: Finding[] = [];
  for (const error of errors) {
    // The errors of `then` or `else` stand beside it and say more.
    if (error.keyword === 'if') continue;
    findings.push(combined.has(error.keyword) ? fold(error, findings) : simple(error));
  }
  return findings;
};

const simple = (error: ErrorObject): Finding => ({
  error,
  column: columnOf(error),
  expected: error.keyword === 'type' ? typesOf(error) : undefined,
  branches: [],
});

/** Takes the findings of the branches off the end of the list. */
const fold = (error: ErrorObject, findings: Finding[]): Finding => {
  const prefix = `${error.schemaPath}/`;
  let start = findings.length;
  while (start > 0 && findings[start - 1]!.error.schemaPath.startsWith(prefix)) start--;
  const inner = findings.splice(start);
  if (error.keyword === 'propertyNames') return { error, column: columnOf(error), expected: undefined, branches: [] };
  const branches = new Map<string, Finding[]>();
  for (const finding of inner) {
    const rest = finding.error.schemaPath.slice(prefix.length);
    const branch = rest.slice(0, rest.indexOf('/'));
    const found = branches.get(branch);
    if (found === undefined) branches.set(branch, [finding]);
    else found.push(finding);
  }
  const sameField = inner.every(
    ({ expected, error: { instancePath } }) => expected && instancePath === error.instancePath,
  );
  return {
    error,
    column: columnOf(error),
    expected: sameField && inner.length > 0 ? inner.flatMap(({ expected }) => expected!) : undefined,
    branches: [...branches.values()],
  };
};

const typesOf = (error: ErrorObject): readonly string[] => [(error.params as { type: string | string[] }).type].flat();

const columnOf = ({ instancePath, params, propertyName }: ErrorObject): string | undefined => {
  if (instancePath !== '') return instancePath.slice(1).split('/')[0]!.replaceAll('~1', '/').replaceAll('~0', '~');
  const named = params as Record<string, unknown>;
  const column =
    named.missingProperty ??
    named.additionalProperty ??
    named.unevaluatedProperty ??
    named.propertyName ??
    propertyName;
  return typeof column === 'string' ? column : undefined;
};
