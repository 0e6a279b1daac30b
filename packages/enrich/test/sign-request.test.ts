import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { httpLookup, type SignOptions } from '../src/index.ts';
import { fastRun, serve, type TestServer } from './helpers.ts';

const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey, sessionToken: 'the/token==' };

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const strict = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/**
 * The signature that a request should carry, computed from what arrived and independently of the client's code
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
 */
const expectedSignature = (request: IncomingMessage): string => {
  const auth = /Credential=[^/]+\/(?<scope>[^,]+), SignedHeaders=(?<names>[^,]+), /.exec(
    request.headers.authorization!,
  )!;
  const { scope, names } = auth.groups as { scope: string; names: string };
  const [date, region, service] = scope.split('/') as [string, string, string];
  const [path, query = ''] = request.url!.split('?') as [string, string?];
  const canonicalPath = path.split('/').map(strict).join('/');
  const canonicalQuery = query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [name, value = ''] = pair.split('=') as [string, string?];
      return `${strict(decodeURIComponent(name))}=${strict(decodeURIComponent(value))}`;
    })
    .sort()
    .join('&');
  const headers = names.split(';').map((name) => `${name}:${String(request.headers[name]).trim()}\n`);
  const canonical = ['GET', canonicalPath, canonicalQuery, headers.join(''), names, sha256('')].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = [date, region, service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  return hmac(key, toSign).toString('hex');
};

let server: TestServer;
let requests: IncomingMessage[] = [];

beforeAll(async () => {
  server = await serve((request, response) => {
    requests.push(request);
    const given = /Signature=([0-9a-f]{64})$/.exec(request.headers.authorization ?? '')?.[1];
    const right = given !== undefined && given === expectedSignature(request);
    response.writeHead(right ? 200 : 403, { 'content-type': 'application/json' }).end('{"ok":true}');
  });
});
afterAll(() => server.close());
beforeEach(() => {
  requests = [];
});

const lookupOf = (path: string, sign?: Partial<SignOptions>) =>
  httpLookup({
    name: 'financials',
    url: `${server.origin}${path}`,
    headers: { 'X-Tenant': 't1' },
    sign: { region: 'eu-west-1', credentials, ...sign },
    allowPrivateAddresses: true,
    decode: (body) => body,
  });

describe('signed requests', () => {
  test.each([
    '/prod/financials/{key}',
    '/prod/financials?uuid={key}&view=a%20b',
    '/prod/a%20b/{key}?z=1&a=2&a=1&flag&plus=1+2',
  ])('to %s are accepted for keys of every kind', async (path) => {
    const keys = ['plain', 'with space', 'a/b', "!'()*~-._", 'ä€😀', '100%', 'a+b=c&d', '~', '%41'];
    const found = await lookupOf(path).loadMany(keys, fastRun(1));
    expect([...found.keys()]).toEqual(keys);
    expect(requests).toHaveLength(keys.length);
  });

  test('carry date, token and every header that was given, for the service and region that were named', async () => {
    const nowMs = Date.UTC(2026, 4, 6, 7, 8, 9);
    await lookupOf('/{key}').loadMany(['k'], fastRun(1, { clock: { now: () => nowMs } }));
    const { headers } = requests[0]!;
    expect(headers['x-amz-date']).toBe('20260506T070809Z');
    expect(headers['x-amz-security-token']).toBe(credentials.sessionToken);
    expect(headers.authorization).toContain('AKIDEXAMPLE/20260506/eu-west-1/execute-api/aws4_request');
    expect(headers.authorization).toContain(
      'SignedHeaders=accept;host;x-amz-content-sha256;x-amz-date;x-amz-security-token;x-tenant,',
    );
  });

  test('ask a provider for the keys', async () => {
    let asked = 0;
    const provider = async () => {
      asked++;
      return credentials;
    };
    const found = await lookupOf('/{key}', { credentials: provider, service: 'lambda' }).loadMany(['k'], fastRun(1));
    expect(found.size).toBe(1);
    expect(asked).toBe(1);
    expect(requests[0]!.headers.authorization).toContain('/eu-west-1/lambda/aws4_request');
  });

  test('with the wrong secret are refused', async () => {
    const wrong = lookupOf('/{key}', { credentials: { ...credentials, secretAccessKey: 'wrong' } });
    await expect(wrong.loadMany(['k'], fastRun(1))).rejects.toThrow(
      'LOOKUP_REFUSED: look-up financials was refused: HTTP 403',
    );
  });
});
