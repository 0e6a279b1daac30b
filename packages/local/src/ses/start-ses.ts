import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { loadInbox } from './load-inbox.ts';

export interface StartSesOptions {
  /** @default 0, any free port */
  readonly port?: number;
}

/** A mail as the service took it. */
export interface SentMail {
  /** As `SendEmail` answered it. */
  readonly messageId: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly replyTo: readonly string[];
  /** Decoded. */
  readonly subject: string;
  /** `undefined` for a mail without plain text. */
  readonly text: string | undefined;
  /** `undefined` for a mail without HTML. */
  readonly html: string | undefined;
  readonly attachments: readonly {
    readonly filename: string | undefined;
    readonly contentType: string;
    readonly sizeBytes: number;
  }[];
  /** To the second. */
  readonly at: Date;
}

/** A running SES stand-in. */
export interface LocalSes {
  /** For `@aws-sdk/client-sesv2`, with any credentials. */
  readonly endpoint: string;
  /** Port on 127.0.0.1. */
  readonly port: number;
  /** A page that shows the mails, for a browser. */
  readonly inboxUrl: string;
  /** The mails so far, oldest first. */
  messages(): Promise<SentMail[]>;
  /** Forgets mails and templates. */
  clear(): Promise<void>;
  /** Stops the server and forgets the mails. */
  close(): Promise<void>;
}

interface StoredMail {
  messageId: string;
  from: string;
  replyTo: string[];
  destination: { to: string[]; cc: string[]; bcc: string[] };
  subject: string;
  body: { html?: string; text?: string };
  attachments: { contentType: string; filename?: string; size: number }[];
  at: number;
}

const toSentMail = ({
  messageId,
  from,
  replyTo,
  destination,
  subject,
  body,
  attachments,
  at,
}: StoredMail): SentMail => ({
  messageId,
  from,
  ...destination,
  replyTo,
  subject,
  text: body.text,
  html: body.html,
  attachments: attachments.map(({ filename, contentType, size }) => ({ filename, contentType, sizeBytes: size })),
  at: new Date(at * 1000),
});

const ERROR_TYPES: Record<number, string> = { 400: 'BadRequestException', 404: 'NotFoundException' };

/** The inbox answers errors without the header by which SDKs tell them apart. */
const nameErrors = (response: ServerResponse): void => {
  const writeHead = response.writeHead as (
    status: number,
    ...rest: (string | OutgoingHttpHeaders | undefined)[]
  ) => ServerResponse;
  response.writeHead = ((status: number, ...rest: (string | OutgoingHttpHeaders | undefined)[]) => {
    const type = ERROR_TYPES[status];
    if (type !== undefined) response.setHeader('x-amzn-errortype', type);
    return writeHead.call(response, status, ...rest);
  }) as typeof response.writeHead;
};

const refuseVersion1 = (request: IncomingMessage, response: ServerResponse): void => {
  request.resume();
  const message = 'The SES stand-in speaks version 2 only: use @aws-sdk/client-sesv2';
  response.writeHead(400, { 'content-type': 'text/xml' });
  response.end(
    `<ErrorResponse><Error><Type>Sender</Type><Code>InvalidAction</Code><Message>${message}</Message></Error></ErrorResponse>`,
  );
};

/**
 * Starts an SES v2 inbox (aws-ses-v2-local): simple, raw, templated and bulk mail, and e-mail templates.
 * A mail needs a sender, a subject and a text or HTML body; identities, the sandbox, quotas, suppression, bounces and
 * configuration sets are not looked at, signatures not verified. Nothing is ever sent on.
 *
 * Refused: version 1 of the API, of which the inbox would keep only the first recipient.
 * @throws Error when `SMTP_TRANSPORT` is set, because the inbox would then send its mails on, or when the port is taken
 *
 * @example
 * const ses = await startSes();
 * await new SESv2Client({ endpoint: ses.endpoint, region: 'us-east-1', credentials }).send(new SendEmailCommand(mail));
 * const [sent] = await ses.messages();
 */
export const startSes = async ({ port = 0 }: StartSesOptions = {}): Promise<LocalSes> => {
  if (process.env.SMTP_TRANSPORT?.trim()) {
    throw new Error('SMTP_TRANSPORT is set, with which the local inbox would send its mails on: unset it');
  }
  const server = await loadInbox()({ host: '127.0.0.1', port });
  if (!server.listening) throw new Error(`The SES stand-in cannot listen on port ${port}`);

  const [handle] = server.listeners('request') as ((request: IncomingMessage, response: ServerResponse) => void)[];
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (request.method === 'POST' && request.url === '/') return refuseVersion1(request, response);
    nameErrors(response);
    handle!(request, response);
  });

  const { port: bound } = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${bound}`;
  return {
    endpoint,
    port: bound,
    inboxUrl: `${endpoint}/`,
    async messages() {
      const { emails } = (await (await fetch(`${endpoint}/store`)).json()) as { emails: StoredMail[] };
      return emails.map(toSentMail);
    },
    async clear() {
      await (await fetch(`${endpoint}/clear-store`, { method: 'POST' })).arrayBuffer();
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
};
