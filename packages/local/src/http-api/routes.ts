/** A path with `{name}` and, at its end, `{name+}` segments, made ready for matching. */
export interface RoutePattern<R> {
  readonly route: R;
  readonly method: string;
  readonly segments: readonly string[];
}

export const compileRoute = <R extends { readonly method: string; readonly path: string }>(
  route: R,
): RoutePattern<R> => {
  if (!route.path.startsWith('/')) throw new TypeError(`path of a route must begin with '/', got '${route.path}'`);
  const segments = route.path.split('/').slice(1);
  const greedy = segments.findIndex((segment) => /^\{.*\+\}$/.test(segment));
  if (greedy >= 0 && greedy < segments.length - 1) {
    throw new TypeError(`'${segments[greedy]}' may only end a path, got '${route.path}'`);
  }
  return { route, method: route.method.toUpperCase(), segments };
};

const isGreedy = (segment: string): boolean => segment.endsWith('+}');
const isVariable = (segment: string): boolean => segment.startsWith('{') && segment.endsWith('}');

const matchSegments = (segments: readonly string[], path: readonly string[]): Record<string, string> | undefined => {
  const found: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const actual = path[index];
    if (actual === undefined || (isVariable(segment) && actual === '')) return undefined;
    if (isGreedy(segment)) {
      found[segment.slice(1, -2)] = path.slice(index).map(decodeURIComponent).join('/');
      return found;
    }
    if (isVariable(segment)) found[segment.slice(1, -1)] = decodeURIComponent(actual);
    else if (segment !== actual) return undefined;
  }
  return segments.length === path.length ? found : undefined;
};

/** Literal segments before variables before greedy ones, a named method before ANY. */
const rank = ({ segments, method }: RoutePattern<unknown>): string =>
  segments.map((segment) => (isGreedy(segment) ? 2 : isVariable(segment) ? 1 : 0)).join('') +
  (method === 'ANY' ? 1 : 0);

/** The most specific route for a path that is still percent-encoded, with its decoded parameters. */
export const findRoute = <R>(
  patterns: readonly RoutePattern<R>[],
  method: string,
  path: string,
): { route: R; parameters: Record<string, string> } | undefined => {
  const wanted = path.split('/').slice(1);
  const candidates = patterns
    .filter((pattern) => pattern.method === method || pattern.method === 'ANY')
    .map((pattern) => ({ pattern, parameters: matchSegments(pattern.segments, wanted) }))
    .filter((candidate) => candidate.parameters !== undefined)
    .sort((a, b) => rank(a.pattern).localeCompare(rank(b.pattern)));
  const best = candidates[0];
  return best && { route: best.pattern.route, parameters: best.parameters! };
};
