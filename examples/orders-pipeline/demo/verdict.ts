import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { SentMail } from '@pipeline/local';
import type { SavedResults } from '@pipeline/local/terminal';
import type { AccessBook } from './access-book.ts';
import { isFailureMail } from './mails.ts';

/** What must hold at the end, and whether it does. */
export interface Verdict {
  readonly holds: boolean;
  readonly line: string;
}

/** Checks rows, files and mails; the first thing that does not hold is said. */
export const judge = async (
  { report, files }: SavedResults,
  out: string,
  mails: readonly SentMail[],
  access: AccessBook,
): Promise<Verdict> => {
  const no = (line: string): Verdict => ({ holds: false, line });
  const { rowsRead, rowsWritten, rowsRejected } = report;
  if (rowsRead !== rowsWritten + rowsRejected)
    return no(`${rowsRead} rows were read, but ${rowsWritten} were written and ${rowsRejected} rejected`);
  for (const { name, bytes } of files) {
    const found = await stat(path.join(out, name)).catch(() => undefined);
    if (found?.size !== bytes) return no(`${name} has ${found?.size ?? 'no'} bytes on disk, ${bytes} were merged`);
  }
  const successes = mails.filter((mail) => !isFailureMail(mail)).length;
  if (successes !== 1) return no(`${successes} success mails were sent, not one`);
  const refusal = access.refusal();
  if (refusal !== undefined) return no(`the template does not grant what was asked for; ${refusal}`);
  return {
    holds: true,
    line: 'rows read = written + rejected, results on disk, exactly one success mail',
  };
};
