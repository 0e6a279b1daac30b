import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServiceName } from './access-requests.ts';

/** Why a call does not pass. */
export interface Refused {
  readonly code: 'AccessDenied' | 'MissingAuthenticationToken' | 'UnknownKey' | 'WrongSignature' | 'ExpiredToken';
  readonly message: string;
}

/** Names of the services for the same thing. */
const s3Codes: Readonly<Record<Refused['code'], string>> = {
  AccessDenied: 'AccessDenied',
  MissingAuthenticationToken: 'AccessDenied',
  UnknownKey: 'InvalidAccessKeyId',
  WrongSignature: 'SignatureDoesNotMatch',
  ExpiredToken: 'ExpiredToken',
};
const jsonCodes: Readonly<Record<Refused['code'], string>> = {
  AccessDenied: 'AccessDeniedException',
  MissingAuthenticationToken: 'MissingAuthenticationTokenException',
  UnknownKey: 'UnrecognizedClientException',
  WrongSignature: 'InvalidSignatureException',
  ExpiredToken: 'ExpiredTokenException',
};
const queryCodes: Readonly<Record<Refused['code'], string>> = {
  ...s3Codes,
  MissingAuthenticationToken: 'MissingAuthenticationToken',
  UnknownKey: 'InvalidClientTokenId',
};

const xml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** As the services say it: S3 and STS in XML, the others in JSON; those that speak JSON over one path with status 400. */
export const refuse = (
  service: ServiceName,
  { method }: IncomingMessage,
  response: ServerResponse,
  { code, message }: Refused,
): void => {
  if (service === 's3' || service === 'sts') {
    const error = `<Code>${(service === 's3' ? s3Codes : queryCodes)[code]}</Code><Message>${xml(message)}</Message>`;
    const text =
      service === 's3'
        ? `<Error>${error}</Error>`
        : `<ErrorResponse><Error><Type>Sender</Type>${error}</Error></ErrorResponse>`;
    response.writeHead(403, { 'content-type': 'application/xml' });
    response.end(method === 'HEAD' ? undefined : `<?xml version="1.0" encoding="UTF-8"?>${text}`);
    return;
  }
  const rest = service === 'ses' || service === 'lambda';
  response.writeHead(rest ? 403 : 400, {
    'content-type': rest ? 'application/json' : 'application/x-amz-json-1.0',
    'x-amzn-errortype': jsonCodes[code],
  });
  response.end(JSON.stringify({ __type: jsonCodes[code], message }));
};
