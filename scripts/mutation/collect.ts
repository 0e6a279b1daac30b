// Stands in for `vitest` in the test files of `npm run test:mutation`: collects the tests, so that one process loads them
// once and runs them again for each mutant. Real is only `expect`, which wants to know of a worker that it belongs to.

/** One test, ready to run. */
export interface CollectedTest {
  /** File, groups and name; numbered where a table gave the name. */
  readonly id: string;
  readonly run: () => unknown;
}

type Body = (...values: never[]) => unknown;

/** The function among what follows a name: options may come before it, a time limit behind it. */
const bodyOf = (more: readonly unknown[]): Body => more.find((one) => typeof one === 'function') as Body;

const collected: CollectedTest[] = [];
let groups: readonly string[] = [];

/** The tests that files have named since the last call, as tests of `file`. */
export const takeCollected = (file: string): readonly CollectedTest[] =>
  collected.splice(0).map(({ id, run }) => ({ id: `${file} ${id}`, run }));

const group = (name: string, body: Body, values: readonly unknown[] = []): void => {
  const around = groups;
  groups = [...around, name];
  body(...(values as never[]));
  groups = around;
};

const add = (name: string, body: Body, values: readonly unknown[] = []): void => {
  collected.push({ id: [...groups, name].join(' > '), run: () => body(...(values as never[])) });
};

type Make = typeof add;

/** As vitest has them: by itself, for each row of a table, and only if something holds. */
interface Named {
  (name: string, ...more: readonly unknown[]): void;
  each(table: readonly unknown[]): (name: string, ...more: readonly unknown[]) => void;
  runIf(holds: unknown): Named;
  skipIf(holds: unknown): Named;
}

const named = (make: Make): Named =>
  Object.assign((name: string, ...more: readonly unknown[]) => make(name, bodyOf(more)), {
    each:
      (table: readonly unknown[]) =>
      (name: string, ...more: readonly unknown[]): void =>
        table.forEach((row, index) => {
          make(`${name} #${index}`, bodyOf(more), Array.isArray(row) ? row : [row]);
        }),
    runIf: (holds: unknown): Named => named(holds ? make : () => {}),
    skipIf: (holds: unknown): Named => named(holds ? () => {} : make),
  });

export const describe = named(group);
export const test = named(add);
export const it = test;

const scope = globalThis as { __vitest_worker__?: unknown };
scope.__vitest_worker__ ??= { config: { expect: {} }, ctx: {}, environment: { name: 'node' }, providedContext: {} };
export const { expect } = (await import('vitest')) as { readonly expect: unknown };
