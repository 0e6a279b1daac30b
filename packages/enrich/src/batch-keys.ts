/** Cuts keys into batches of at most `batchSize`, in order. */
export const batchKeys = <K>(keys: readonly K[], batchSize: number): K[][] => {
  const batches: K[][] = [];
  for (let start = 0; start < keys.length; start += batchSize) batches.push(keys.slice(start, start + batchSize));
  return batches;
};
