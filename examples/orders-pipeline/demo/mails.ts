import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalStack, SentMail } from '@pipeline/local';
import { printable, type Style, wrap } from '@pipeline/local/terminal';

/** A mail that tells of a failure names the code behind a colon; both kinds are told apart by their first words. */
export const isFailureMail = ({ subject }: SentMail): boolean => subject.includes('could not be processed');

/** Waits for a mail, which is sent after the execution has ended. `undefined` when none comes in time. */
export const awaitMail = async (
  stack: LocalStack,
  fits: (mail: SentMail) => boolean,
  signal: AbortSignal,
  timeoutMs = 15_000,
): Promise<SentMail | undefined> => {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    signal.throwIfAborted();
    const found = (await stack.mails()).find(fits);
    if (found !== undefined || performance.now() > endMs) return found;
    await sleep(50);
  }
};

/** A link as people recognise it: a presigned one has 500 characters. */
const shorten = (text: string): string =>
  text.replace(/https?:\/\/\S{60,}/g, (link) => {
    const { host, pathname } = new URL(link);
    return `http://${host}/…/${pathname.slice(pathname.lastIndexOf('/') + 1)}?…`;
  });

/** A mail as lines of a terminal. */
export const mailLines = ({ from, to, subject, text }: SentMail, style: Style, width: number): readonly string[] => {
  const bar = style.dim('│');
  return [
    `  ${bar} ${style.dim('From')}     ${from}`,
    `  ${bar} ${style.dim('To')}       ${to.join(', ')}`,
    `  ${bar} ${style.dim('Subject')}  ${style.bold(printable(subject))}`,
    `  ${bar}`,
    ...shorten(text ?? '')
      .trim()
      .split('\n')
      .flatMap((line) => wrap(printable(line), width - 4))
      .map((line) => `  ${bar} ${line}`.trimEnd()),
  ];
};
