import { LookupKeyError } from './lookup.ts';

/** Calls a user's `decode`; what it throws fails the key and is told by its name only, since its text may quote data. */
export const decodeAnswer = <V>(decode: () => V): V | LookupKeyError => {
  try {
    return decode();
  } catch (error) {
    return new LookupKeyError(`decode threw ${error instanceof Error ? error.name : typeof error}`);
  }
};
