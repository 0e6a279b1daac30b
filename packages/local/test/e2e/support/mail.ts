import type { SentMail } from '@pipeline/local';

/** The text of a header, encoded words decoded (RFC 2047, base64 of UTF-8; white space between two words is not text). */
export const decodeHeader = (text: string): string =>
  text
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/=\?UTF-8\?B\?([^?]*)\?=/g, (_, base64: string) => Buffer.from(base64, 'base64').toString('utf8'));

/** The value of a line `<label>: <value>` of a mail. */
export const factOf = (mail: SentMail, label: string): string | undefined =>
  new RegExp(`^${label}: (.*)$`, 'm').exec(mail.text ?? '')?.[1];

/** The mails of one batch: every one names it. */
export const mailsOf = (mails: readonly SentMail[], batchId: string): readonly SentMail[] =>
  mails.filter((mail) => factOf(mail, 'Batch') === batchId);

/** Only a mail of success has counts, only one of failure a code. */
export const isSuccess = (mail: SentMail): boolean => factOf(mail, 'Rows read') !== undefined;

/** Until when a mail says that its links work, in milliseconds since the epoch; stated to the minute. */
export const statedEnd = (mail: SentMail): number => {
  const [, day, time] = /The links work until (\S+) (\S+) UTC\./.exec(mail.text ?? '') ?? [];
  return Date.parse(`${day}T${time}Z`);
};

/** Until when a presigned link works, as its own signature says. */
export const signedEnd = (url: string): number => {
  const { searchParams } = new URL(url);
  const date = searchParams.get('X-Amz-Date') ?? '';
  const iso = date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  return Date.parse(iso) + Number(searchParams.get('X-Amz-Expires')) * 1000;
};
