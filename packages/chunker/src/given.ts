/** Those of the named options that are given: an option that is `undefined` is none at all. */
export const given = <T extends object, K extends keyof T>(
  options: T,
  names: readonly K[],
): { [P in K]?: Exclude<T[P], undefined> } =>
  Object.fromEntries(names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]])) as {
    [P in K]?: Exclude<T[P], undefined>;
  };
