import { access } from 'node:fs/promises';
import path from 'node:path';
import { outputName } from '@pipeline/chunker';
import type { BatchReport } from '@pipeline/core';
import type { RenderReportOptions } from '@pipeline/handlers/report';

type Links = NonNullable<RenderReportOptions['links']>;

/** Names of a batch's files in the folder of a run. */
export const resultNames = ({ writtenAs, rejects }: BatchReport): Readonly<Partial<Record<keyof Links, string>>> => ({
  output: outputName('output.csv', writtenAs ?? {}),
  ...(rejects === undefined ? {} : { rejects: 'rejects.csv' }),
  report: 'report.json',
});

/**
 * Links from a page in `pageFolder` to the files of a batch that lie in `folder`; none to those that do not.
 *
 * @example
 * const links = await findLinks(report, 'results', 'results'); // { output: { url: 'output.csv' }, … }
 */
export const findLinks = async (report: BatchReport, folder: string, pageFolder: string): Promise<Links> => {
  const found: Record<string, { readonly url: string }> = {};
  for (const [which, name] of Object.entries(resultNames(report))) {
    const file = path.join(folder, name);
    const there = await access(file).then(
      () => true,
      () => false,
    );
    if (there) found[which] = { url: urlOf(path.relative(path.resolve(pageFolder), path.resolve(file))) };
  }
  return found;
};

const urlOf = (relative: string): string => relative.split(path.sep).map(encodeURIComponent).join('/');
