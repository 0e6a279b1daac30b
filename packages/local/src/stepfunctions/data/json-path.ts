import { JSONPath } from 'jsonpath-plus';
import { RuntimeFault } from './errors.ts';
import type { Json } from './json.ts';
import { parseReferencePath, printSteps, readSteps, type Step } from './reference-path.ts';

/** The two documents that paths read: the state's input (`$`) and the context object (`$$`). */
export interface Documents {
  readonly input: Json;
  readonly context: () => Json;
}

interface ParsedPath {
  readonly onContext: boolean;
  readonly steps: readonly Step[] | undefined;
  readonly path: string;
}

const parsed = new Map<string, ParsedPath>();

function parse(path: string): ParsedPath {
  let entry = parsed.get(path);
  if (!entry) {
    const onContext = path.startsWith('$$');
    const own = onContext ? path.slice(1) : path;
    entry = { onContext, steps: parseReferencePath(own), path: own };
    parsed.set(path, entry);
  }
  return entry;
}

/**
 * Reads a path: the node of a definite path, or undefined when it is missing; for a path that can select several nodes
 * (`[*]`, `..`, slices, filters) always the array of what it selects, as AWS does.
 */
export function findPath(path: string, documents: Documents): Json | undefined {
  const { onContext, steps, path: own } = parse(path);
  const root = onContext ? documents.context() : documents.input;
  if (steps) return readSteps(root, steps);
  if (root === null || typeof root !== 'object') return [];
  // `safe` runs filter expressions in the library's own small interpreter, never in eval or vm.
  try {
    return JSONPath({ path: own, json: root, wrap: true, eval: 'safe' }) as unknown as Json[];
  } catch (error) {
    throw new RuntimeFault(`Invalid path '${path}' : ${(error as Error).message}`);
  }
}

/**
 * Reads a path that has to lead somewhere (InputPath, OutputPath, ItemsPath and the like).
 *
 * @throws RuntimeFault with AWS's wording
 */
export function requirePath(path: string, documents: Documents): Json {
  const found = findPath(path, documents);
  if (found !== undefined) return found;
  const { onContext, steps = [] } = parse(path);
  const root = onContext ? documents.context() : documents.input;
  for (let depth = 1; depth < steps.length; depth++) {
    const reached = steps.slice(0, depth);
    if (readSteps(root, reached) === undefined) {
      throw new RuntimeFault(`Invalid path '${path}' : Missing property in path ${printSteps(reached)}`);
    }
  }
  throw new RuntimeFault(`Invalid path '${path}' : No results for path: ${printSteps(steps)}`);
}

/** Whether a text is a path this interpreter can evaluate: a definite path, or one the JSONPath library parses. */
export function isPath(path: string): boolean {
  if (!/^\$\$?($|[.[])/.test(path)) return false;
  if (parse(path).steps) return true;
  // Path functions ($.items.length()) are not part of Step Functions' JSONPath; filters may contain parentheses.
  if (/\(\)\s*$/.test(path)) return false;
  if (!/\*|\.\.|\[[^\]]*[:,?]/.test(path)) return false;
  try {
    JSONPath({ path: path.startsWith('$$') ? path.slice(1) : path, json: {}, wrap: true, eval: 'safe' });
    return true;
  } catch {
    return false;
  }
}

/** Whether a path names a single node of the input, as ResultPath and the other reference paths must. */
export function isReferencePath(path: string): boolean {
  return isPath(path) && parse(path).steps !== undefined;
}
