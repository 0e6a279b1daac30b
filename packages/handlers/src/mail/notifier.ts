import {
  type SESv2Client,
  SendEmailCommand,
  type SendEmailCommandInput,
  type SendEmailCommandOutput,
} from '@aws-sdk/client-sesv2';
import type { RunContext } from '@pipeline/core';
import type { FinalizeRequestMiddleware } from '@smithy/types';
import { inTime } from '../in-time.ts';
import { surelyRefused } from './refusal.ts';

/** A mail to be sent. */
export interface Mail {
  /** One line of plain text. */
  readonly subject: string;
  /** The mail as plain text. */
  readonly text: string;
  /** The same as HTML; whoever writes it escapes what is not theirs. */
  readonly html: string;
}

/** Sends mails; other channels implement the same. What got no answer must not be sent again: nobody knows whether it arrived. */
export interface Notifier {
  /** Sends one mail, once; answers the service's id of it. */
  send(mail: Mail, run: RunContext): Promise<{ readonly messageId: string }>;
}

/** Who sends mails through SES, and to whom. */
export interface SesNotifierOptions {
  /** Its role needs `ses:SendEmail`. */
  readonly client: SESv2Client;
  /** Verified address of the sender. */
  readonly from: string;
  /** Addresses of the recipients, at most 50. */
  readonly to: readonly string[];
  /** ARN of the sending identity, where it is another account's. @default the client's account */
  readonly identityArn?: string;
}

/** Removes what could end a line or turn text around: control characters, line separators and bidirectional marks. */
export const headerSafe = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, ' ');

/**
 * A header value in 7 bits: encoded words of at most 75 characters where it is not ASCII, or would be read as encoded
 * words itself: https://www.rfc-editor.org/rfc/rfc2047.
 *
 * @example
 * encodeHeader('Grüße'); // '=?UTF-8?B?R3LDvMOfZQ==?='
 */
export const encodeHeader = (text: string): string => {
  const safe = headerSafe(text);
  if (/^[\x20-\x7e]*$/.test(safe) && !safe.includes('=?')) return safe;
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
 * The SDK tries a call again that got no answer, though the mail may be on its way. An error that it does not know ends
 * its tries; one that says the service was never reached passes.
 */
const sendOnlyOnce = (command: SendEmailCommand): SendEmailCommand => {
  const answered: FinalizeRequestMiddleware<SendEmailCommandInput, SendEmailCommandOutput> = (next) => async (args) => {
    try {
      return await next(args);
    } catch (error) {
      if (surelyRefused(error)) throw error;
      const { name, message } = error as Error;
      // Without the cause, in which the SDK would look for a reason to try again.
      throw Object.assign(new Error(message), { name: name === 'AbortError' ? name : 'MailUnanswered' });
    }
  };
  command.middlewareStack.addRelativeTo(answered, {
    name: 'sendOnlyOnce',
    relation: 'after',
    toMiddleware: 'retryMiddleware',
  });
  return command;
};

/**
 * Sends through SES (API v2, simple content):
 * https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
 *
 * @example
 * const notifier = sesNotifier({ client: new SESv2Client(), from: 'pipeline@example.com', to: ['team@example.com'] });
 */
export const sesNotifier = ({ client, from, to, identityArn }: SesNotifierOptions): Notifier => ({
  async send(mail, run) {
    const utf8 = (Data: string) => ({ Data, Charset: 'UTF-8' });
    const command = new SendEmailCommand({
      FromEmailAddress: from,
      Destination: { ToAddresses: [...to] },
      Content: {
        Simple: {
          Subject: { Data: encodeHeader(mail.subject) },
          Body: { Text: utf8(mail.text), Html: utf8(mail.html) },
        },
      },
      ...(identityArn === undefined ? {} : { FromEmailAddressIdentityArn: identityArn }),
    });
    const { MessageId } = await inTime(run, (abort) => client.send(sendOnlyOnce(command), abort));
    return { messageId: MessageId ?? '' };
  },
});
