/** Remembers what was started, to stop it in reverse order however the start or the work went. */
export interface Closer {
  add<T extends { close(): Promise<void> }>(started: T): T;
  /** Runs every close; the first failure is thrown after all of them ran. */
  close(): Promise<void>;
}

export const createCloser = (): Closer => {
  const started: { close(): Promise<void> }[] = [];
  return {
    add(item) {
      started.push(item);
      return item;
    },
    async close() {
      const failures: unknown[] = [];
      for (const item of started.splice(0).reverse())
        await item.close().catch((error: unknown) => failures.push(error));
      if (failures.length > 0) throw failures[0];
    },
  };
};
