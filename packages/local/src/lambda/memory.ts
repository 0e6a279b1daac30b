import { readFileSync } from 'node:fs';

/** Resident memory of a process now and at its highest, in bytes; `undefined` where there is no `/proc` or no such process. */
export const readMemory = (pid: number): { rssBytes: number; peakBytes: number } | undefined => {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const kib = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN);
    const memory = { rssBytes: kib('VmRSS') * 1024, peakBytes: kib('VmHWM') * 1024 };
    return Number.isNaN(memory.rssBytes) ? undefined : memory;
  } catch {
    return undefined;
  }
};
