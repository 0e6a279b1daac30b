import type { DataFile } from './data.ts';

/** What a contender is given. */
export interface Job {
  readonly file: DataFile;
  /** An empty folder for what it writes. */
  readonly out: string;
  /** Of the S3 server on loopback; `''` in tables without one. */
  readonly endpoint: string;
}

/** What a contender found, so that the work cannot be skipped and answers can be compared. */
export interface Answer {
  /** Data records, without the header. */
  readonly rows: number;
  /** Rows that were found bad, where they were checked. */
  readonly rejected?: number;
  /** What is wrong with them, said one by one. */
  readonly issues?: number;
  /** Length of all values as strings, where values were made. */
  readonly chars?: number;
  /** Files or chunks that were made. */
  readonly parts?: number;
  /** Bytes of the source that were read, where that is the question. */
  readonly bytesRead?: number;
  /** Bytes that came out. */
  readonly bytesWritten?: number;
  /** Peak memory of the program that did the work, where that was another one. */
  readonly peakBytes?: number;
  /** Of the time that passed, what the start of another program costs. */
  readonly startMs?: number;
  /** How often the file was gone through, where a program was given it several times. @default 1 */
  readonly passes?: number;
  /** Something that must be known to judge the figure. */
  readonly remark?: string;
}

export type Work = (job: Job) => Answer | Promise<Answer>;

/** What each file of `peers/` exports as `works`, by the name of the work. */
export type Works = Readonly<Record<string, Work>>;
