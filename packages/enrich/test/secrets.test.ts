import type { IncomingMessage } from 'node:http';
import { inspect } from 'node:util';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { PipelineError } from '@pipeline/core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { httpLookup } from '../src/index.ts';
import { parameterHeaders } from '../src/parameter-store.ts';
import { secretsManagerHeaders } from '../src/secrets-manager.ts';
import { fastRun, serve, type TestServer } from './helpers.ts';

const canary = 'canary-4f2a';

interface Asked {
  readonly target: string;
  readonly body: Record<string, unknown>;
}
let aws: TestServer;
let asked: Asked[];
/** What AWS answers: a body, or the name of an error. */
let answer: (asked: Asked) => Record<string, unknown> | string;
let source: TestServer;
let seen: IncomingMessage['headers'][];
let status = 200;
let body: string | undefined;

const sdk = () => ({
  endpoint: aws.origin,
  region: 'us-east-1',
  credentials: { accessKeyId: 'a', secretAccessKey: 's' },
  maxAttempts: 1,
});

beforeAll(async () => {
  aws = await serve((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const one = {
        target: String(request.headers['x-amz-target']),
        body: JSON.parse(Buffer.concat(pieces).toString()) as Record<string, unknown>,
      };
      asked.push(one);
      const given = answer(one);
      response.writeHead(typeof given === 'string' ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(typeof given === 'string' ? { __type: given, message: `no, ${canary}` } : given));
    });
  });
  source = await serve((request, response) => {
    seen.push(request.headers);
    request.resume();
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body ?? JSON.stringify({ ok: true }));
  });
});
afterAll(() => Promise.all([aws.close(), source.close()]));
beforeEach(() => {
  asked = [];
  seen = [];
  status = 200;
  body = undefined;
  answer = () => ({ SecretString: canary });
});

const lookupOf = (secretHeaders: NonNullable<Parameters<typeof httpLookup>[0]['secretHeaders']>) =>
  httpLookup<unknown>({
    name: 'rates',
    url: `${source.origin}/{key}`,
    allowPrivateAddresses: true,
    decode: (given) => given,
    secretHeaders,
  });
const headers = (key: string) => ({ 'x-api-key': key });

describe('Secrets Manager', () => {
  test('gives the current secret, once for all requests', async () => {
    const load = secretsManagerHeaders({ client: new SecretsManagerClient(sdk()), secretId: 'rates/api', headers });
    expect((await lookupOf({ load }).loadMany(['a', 'b', 'c'], fastRun(1))).size).toBe(3);
    expect(asked).toEqual([{ target: 'secretsmanager.GetSecretValue', body: { SecretId: 'rates/api' } }]);
    expect(seen.map((one) => one['x-api-key'])).toEqual([canary, canary, canary]);
  });

  test('gives one member of a secret that is an object', async () => {
    answer = () => ({ SecretString: JSON.stringify({ user: 'u', key: canary }) });
    const client = new SecretsManagerClient(sdk());
    const load = secretsManagerHeaders({ client, secretId: 'rates/api', field: 'key', headers });
    await lookupOf({ load }).loadMany(['a'], fastRun(1));
    expect(seen[0]!['x-api-key']).toBe(canary);
  });

  test('is asked again when the secret was rotated', async () => {
    let current = 'old';
    answer = () => ({ SecretString: current });
    const load = secretsManagerHeaders({ client: new SecretsManagerClient(sdk()), secretId: 's', headers });
    const lookup = lookupOf({ load });
    await lookup.loadMany(['a'], fastRun(1));
    current = 'new';
    status = 401;
    await lookup.loadMany(['b'], fastRun(1)).catch(() => {});
    expect(asked).toHaveLength(2);
    expect(seen.map((one) => one['x-api-key'])).toEqual(['old', 'old', 'new']);
  });
});

test('Parameter Store gives a decrypted parameter', async () => {
  answer = () => ({ Parameter: { Name: '/rates/key', Value: canary } });
  const load = parameterHeaders({ client: new SSMClient(sdk()), name: '/rates/key:3', headers });
  await lookupOf({ load }).loadMany(['a'], fastRun(1));
  expect(asked).toEqual([{ target: 'AmazonSSM.GetParameter', body: { Name: '/rates/key:3', WithDecryption: true } }]);
  expect(seen[0]!['x-api-key']).toBe(canary);
});

describe('a secret stands in no error and no event', () => {
  const client = () => new SecretsManagerClient(sdk());
  const inField = () => secretsManagerHeaders({ client: client(), secretId: 's', field: 'key', headers });
  const plain = () => secretsManagerHeaders({ client: client(), secretId: 's', headers });

  test.each<[string, () => void, () => ReturnType<typeof plain>]>([
    ['one that is binary', () => (answer = () => ({ SecretBinary: Buffer.from(canary).toString('base64') })), plain],
    ['one that is no JSON', () => {}, inField],
    ['one without the field', () => (answer = () => ({ SecretString: JSON.stringify({ other: canary }) })), inField],
    [
      'one whose field is no text',
      () => (answer = () => ({ SecretString: JSON.stringify({ key: [canary] }) })),
      inField,
    ],
    ['one that is refused', () => (answer = () => 'AccessDeniedException'), plain],
    ['one that is not there', () => (answer = () => 'ResourceNotFoundException'), plain],
    ['one that is throttled', () => (answer = () => 'ThrottlingException'), plain],
    ['a source that refuses it', () => (status = 403), plain],
    ['a source that redirects', () => (status = 302), plain],
    ['a source that fails', () => (status = 503), plain],
    ['a source that answers no JSON', () => (body = `<p>${canary}`), plain],
    ['a source that answers too much', () => (body = JSON.stringify(canary.repeat(200_000))), plain],
    [
      'a header that no request may have',
      () => {},
      () =>
        secretsManagerHeaders({ client: client(), secretId: 's', headers: (key) => ({ 'x-api-key': `${key}\nx: y` }) }),
    ],
  ])('%s', async (_, prepare, load) => {
    prepare();
    const run = fastRun(30);
    const error: unknown = await lookupOf({ load: load() })
      .loadMany(['a'], run)
      .then(
        (found) => [...found.values()],
        (thrown: unknown) => thrown,
      );
    const told = inspect([error, String(error), (error as PipelineError).details, run.events], { depth: 3 });
    expect(told).toMatch(/CONFIG_INVALID|LOOKUP_|LookupKeyError/);
    // The cause is for whoever debugs a process; what leaves it is the error's own text, details and events.
    const leaves = JSON.stringify([String(error), (error as PipelineError).details, run.events]);
    expect(leaves).not.toContain(canary);
  });
});

test('an answer that names a member twice has the last one, as JSON.parse reads it', async () => {
  body = '{"rate":"1","rate":"2"}';
  const load = async () => ({});
  expect((await lookupOf({ load }).loadMany(['a'], fastRun(1))).get('a')).toEqual({ rate: '2' });
});
