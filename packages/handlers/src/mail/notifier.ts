import { type SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import type { RunContext } from '@pipeline/core';

/** A mail to be sent. */
export interface Mail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Sends mails; other channels implement the same. */
export interface Notifier {
  send(mail: Mail, run: RunContext): Promise<{ readonly messageId: string }>;
}

export interface SesNotifierOptions {
  readonly client: SESv2Client;
  readonly from: string;
  readonly to: readonly string[];
  /** ARN of the sending identity, where it is another account's. */
  readonly identityArn?: string;
}

/** Removes what could end a header or turn text around: control characters and bidirectional marks. */
export const headerSafe = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, ' ');

/** A header value in 7 bits: encoded words of at most 75 characters where it is not ASCII (RFC 2047). */
export const encodeHeader = (text: string): string => {
  const safe = headerSafe(text);
  if (/^[\x20-\x7e]*$/.test(safe)) return safe;
  const words: string[] = [];
  let word = '';
  for (const character of safe) {
    if (Buffer.byteLength(word + character) > 42) {
      words.push(word);
      word = '';
    }
    word += character;
  }
  return [...words, word].map((part) => `=?UTF-8?B?${Buffer.from(part).toString('base64')}?=`).join(' ');
};

/**
 * Sends through SES (API v2, simple content).
 *
 * @example
 * const notifier = sesNotifier({ client: new SESv2Client(), from: 'pipeline@example.com', to: ['team@example.com'] });
 */
export const sesNotifier = ({ client, from, to, identityArn }: SesNotifierOptions): Notifier => ({
  async send(mail, run) {
    const utf8 = (Data: string) => ({ Data, Charset: 'UTF-8' });
    const { MessageId } = await client.send(
      new SendEmailCommand({
        FromEmailAddress: from,
        Destination: { ToAddresses: [...to] },
        Content: {
          Simple: {
            Subject: { Data: encodeHeader(mail.subject) },
            Body: { Text: utf8(mail.text), Html: utf8(mail.html) },
          },
        },
        ...(identityArn === undefined ? {} : { FromEmailAddressIdentityArn: identityArn }),
      }),
      { abortSignal: run.signal },
    );
    return { messageId: MessageId ?? '' };
  },
});
