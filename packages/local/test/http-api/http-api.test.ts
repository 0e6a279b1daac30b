import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LocalHttpApi, startHttpApi } from '../../src/http-api/index.ts';
import { type LocalLambda, startLambda } from '../../src/lambda/index.ts';
import { fixture } from './fixture.ts';

const credentials = { accessKeyId: 'AKIDLOCAL', secretAccessKey: 'secret' };
const clock = new Date('2026-11-03T04:05:06Z');

let lambda: LocalLambda;
let api: LocalHttpApi;

beforeAll(async () => {
  lambda = await startLambda();
  await lambda.register({ name: 'echo', entry: fixture('echo') });
  const route = { functionName: 'echo', authorizer: 'none' } as const;
  api = await startHttpApi({
    routes: [
      { ...route, method: 'GET', path: '/financials/{uuid}', authorizer: 'iam' },
      { ...route, method: 'POST', path: '/financials/batch', authorizer: 'iam' },
      { ...route, method: 'ANY', path: '/open/{id}/rows' },
      { ...route, method: 'GET', path: '/open/known' },
      { ...route, method: 'GET', path: '/open/{id}' },
      { ...route, method: 'GET', path: '/files/{path+}' },
      { ...route, method: 'GET', path: '/absent', functionName: 'absent' },
    ],
    invoke: lambda.invoke,
    credentials,
    integrationTimeoutMs: 400,
    now: () => clock,
  });
});

afterAll(async () => {
  await api.close();
  await lambda.close();
});

interface SignOptions {
  service?: string;
  region?: string;
  secretAccessKey?: string;
  accessKeyId?: string;
  signingDate?: Date;
  method?: string;
  body?: string;
}

interface Body {
  message?: string;
  resource?: string;
  pathParameters?: Record<string, string>;
  headers?: Record<string, string>;
  multiValueHeaders?: Record<string, string[]>;
}

/** Signs as an SDK does. */
const sign = async (
  path: string,
  {
    service = 'execute-api',
    region = 'us-east-1',
    signingDate = clock,
    method = 'GET',
    body,
    ...other
  }: SignOptions = {},
): Promise<{ url: string; init: RequestInit & { headers: Record<string, string> } }> => {
  const url = new URL(api.endpoint + path);
  const query: Record<string, string[]> = {};
  for (const name of url.searchParams.keys()) query[name] = url.searchParams.getAll(name);
  const signer = new SignatureV4({ service, region, credentials: { ...credentials, ...other }, sha256: Sha256 });
  const { headers } = await signer.sign(
    new HttpRequest({
      method,
      protocol: 'http:',
      hostname: url.hostname,
      port: Number(url.port),
      path: url.pathname,
      query,
      headers: { host: url.host },
      ...(body !== undefined && { body }),
    }),
    { signingDate },
  );
  return {
    url: url.href,
    init: { method, headers: headers as Record<string, string>, ...(body !== undefined && { body }) },
  };
};

const read = async (response: Response) => ({
  status: response.status,
  type: response.headers.get('x-amzn-errortype'),
  body: (await response.json()) as Body,
});
const get = async (path: string, init?: RequestInit) => read(await fetch(api.endpoint + path, init));

test('a signed request reaches the function as a proxy event', async () => {
  const { url, init } = await sign('/financials/a%2Fb%20c?x=1&y=2&x=%C3%A4');
  const { status, body: event } = await read(
    await fetch(url, { ...init, headers: { ...init.headers, 'User-Agent': 'tests', 'X-Own': 'yes' } }),
  );
  expect(status).toBe(200);
  expect(event).toMatchObject({
    resource: '/financials/{uuid}',
    path: '/financials/a%2Fb%20c',
    httpMethod: 'GET',
    pathParameters: { uuid: 'a/b c' },
    queryStringParameters: { x: 'ä', y: '2' },
    multiValueQueryStringParameters: { x: ['1', 'ä'], y: ['2'] },
    stageVariables: null,
    body: null,
    isBase64Encoded: false,
    requestContext: {
      accountId: '000000000000',
      resourcePath: '/financials/{uuid}',
      path: '/Prod/financials/a%2Fb%20c',
      stage: 'Prod',
      httpMethod: 'GET',
      protocol: 'HTTP/1.1',
      requestTime: '03/Nov/2026:04:05:06 +0000',
      requestTimeEpoch: clock.getTime(),
      identity: { accessKey: 'AKIDLOCAL', sourceIp: '127.0.0.1', userAgent: 'tests' },
    },
  });
  const own = Object.keys(event.headers!).find((name) => name.toLowerCase() === 'x-own');
  expect(event.multiValueHeaders![own!]).toEqual(['yes']);
});

test('a signed body arrives whole', async () => {
  const { url, init } = await sign('/financials/batch', { method: 'POST', body: '{"keys":["ä"]}' });
  expect((await read(await fetch(url, init))).body).toMatchObject({
    body: '{"keys":["ä"]}',
    resource: '/financials/batch',
  });
});

test('an unsigned request is refused', async () => {
  expect(await get('/financials/1')).toEqual({
    status: 403,
    type: 'MissingAuthenticationTokenException',
    body: { message: 'Missing Authentication Token' },
  });
  expect(await get('/financials/1', { headers: { authorization: 'Bearer x' } })).toMatchObject({
    status: 403,
    type: 'IncompleteSignatureException',
  });
});

const mismatch = {
  status: 403,
  type: 'InvalidSignatureException',
  body: { message: expect.stringMatching(/^The request signature we calculated does not match/) },
};

test('a signature with another secret does not match', async () => {
  const { url, init } = await sign('/financials/1', { secretAccessKey: 'other' });
  expect(await read(await fetch(url, init))).toEqual(mismatch);
});

test.each([
  ['path', (url: string) => url.replace('/1?', '/2?'), {}],
  ['query', (url: string) => `${url}&limit=2`, {}],
  ['signed header', (url: string) => url, { 'x-amz-date': '20261103T040507Z' }],
])('an altered %s does not match', async (_what, alter, headers) => {
  const { url, init } = await sign('/financials/1?a=b');
  expect(await read(await fetch(alter(url), { ...init, headers: { ...init.headers, ...headers } }))).toEqual(mismatch);
});

test('an altered body does not match, with and without its hash in a header', async () => {
  const { url, init } = await sign('/financials/batch', { method: 'POST', body: '{"a":1}' });
  expect(init.headers['x-amz-content-sha256']).toBeDefined();
  expect(await read(await fetch(url, { ...init, body: '{"a":2}' }))).toEqual(mismatch);
  const { 'x-amz-content-sha256': _hash, ...headers } = init.headers;
  expect(await read(await fetch(url, { ...init, headers, body: '{"a":2}' }))).toEqual(mismatch);
});

test.each([
  [
    'another service',
    { service: 's3' },
    'InvalidSignatureException',
    "Credential should be scoped to correct service: 'execute-api'. ",
  ],
  [
    'another region',
    { region: 'eu-west-1' },
    'InvalidSignatureException',
    'Credential should be scoped to a valid region. ',
  ],
  [
    'an unknown key',
    { accessKeyId: 'AKIDOTHER' },
    'UnrecognizedClientException',
    'The security token included in the request is invalid.',
  ],
  [
    'an old date',
    { signingDate: new Date('2026-11-03T04:00:05Z') },
    'InvalidSignatureException',
    'Signature expired: 20261103T040005Z is now earlier than 20261103T040006Z (20261103T040506Z - 5 min.)',
  ],
  [
    'a date to come',
    { signingDate: new Date('2026-11-03T04:10:07Z') },
    'InvalidSignatureException',
    'Signature not yet current: 20261103T041007Z is still later than 20261103T041006Z (20261103T040506Z + 5 min.)',
  ],
])('a signature for %s is refused', async (_what, options, type, message) => {
  const { url, init } = await sign('/financials/1', options);
  expect(await read(await fetch(url, init))).toEqual({ status: 403, type, body: { message } });
});

test('the most specific route answers, an unknown one is refused', async () => {
  const resource = async (path: string, init?: RequestInit) => (await get(path, init)).body.resource;
  expect(await resource('/open/known')).toBe('/open/known');
  expect(await resource('/open/else')).toBe('/open/{id}');
  expect(await resource('/open/else/rows', { method: 'DELETE' })).toBe('/open/{id}/rows');
  expect((await get('/files/a/b%20c')).body.pathParameters).toEqual({ path: 'a/b c' });
  const missing = {
    status: 403,
    type: 'MissingAuthenticationTokenException',
    body: { message: 'Missing Authentication Token' },
  };
  expect(await get('/nowhere')).toEqual(missing);
  expect(await get('/open/known/', { method: 'POST' })).toEqual(missing);
  const { origin } = new URL(api.endpoint);
  expect(await read(await fetch(`${origin}/Other/open/known`))).toEqual({
    status: 403,
    type: 'ForbiddenException',
    body: { message: 'Forbidden' },
  });
});

test("the function's status, headers and bytes are the answer", async () => {
  const response = await fetch(`${api.endpoint}/open/known?answer=binary`);
  expect(response.status).toBe(201);
  expect(response.headers.get('content-type')).toBe('application/octet-stream');
  expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([0, 255]);
});

test.each(['throw', 'text', 'unknown-field', 'no-status', 'object-body', 'bad-header'])(
  'a function that answers wrongly (%s) is a bad gateway',
  async (answer) => {
    expect(await get(`/open/known?answer=${answer}`)).toMatchObject({
      status: 502,
      body: { message: 'Internal server error' },
    });
  },
);

test('a function that is late, absent or given too much is told apart', async () => {
  expect(await get('/open/known?answer=late')).toMatchObject({
    status: 504,
    body: { message: 'Endpoint request timed out' },
  });
  expect(await get('/absent')).toMatchObject({ status: 500, body: { message: 'Internal server error' } });
  const body = 'x'.repeat(10 * 1024 * 1024 + 1);
  expect(await get('/open/x/rows', { method: 'POST', body })).toMatchObject({
    status: 413,
    body: { message: 'Request Too Long' },
  });
});
