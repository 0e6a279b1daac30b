import path from 'node:path';
import { renderReport } from '@pipeline/handlers/report';
import { readArguments } from '../arguments.ts';
import { exitCodes, UsageError } from '../exit-codes.ts';
import { formatBytes, printable } from '../progress/text.ts';
import { openOutFolder } from '../results/out-folder.ts';
import { findLinks } from './find-links.ts';
import { findReport } from './find-report.ts';

const kinds = { out: 'text', redact: 'flag', help: 'flag' } as const;

/** `pipeline report`: makes the page of a report that is there. */
export const reportCommand = async (args: readonly string[]): Promise<number> => {
  const { positionals, options } = readArguments(args, kinds, 'pipeline report');
  const [given, ...more] = positionals;
  if (given === undefined) throw new UsageError('which report? pipeline report <report.json | folder>');
  if (more.length > 0) throw new UsageError(`one report at a time, got ${positionals.join(', ')}`);
  const { report, folder } = await findReport(given);
  const page = path.resolve(options.out ?? path.join(folder ?? '.', 'report.html'));
  if (folder !== undefined && page === path.resolve(folder, 'report.json'))
    throw new UsageError(`--out ${options.out} would take the place of the report itself`);
  const html = renderReport(report, {
    redact: options.redact === true,
    links: folder === undefined ? {} : await findLinks(report, folder, path.dirname(page)),
  });
  const out = await openOutFolder(path.dirname(page));
  try {
    await out.write(path.basename(page), bytesOf(html));
    await out.commit();
  } finally {
    await out.discard();
  }
  const told = options.out ?? path.join(folder ?? '.', 'report.html');
  process.stdout.write(`${printable(told)}   ${formatBytes(Buffer.byteLength(html))}\n`);
  return exitCodes.done;
};

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
