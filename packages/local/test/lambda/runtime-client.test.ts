import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createRapidClient } from '../../src/lambda/rapid-client.ts';
import { startRuntimeApi } from '../../src/lambda/runtime-api.ts';

// The stand-in for the native client is written against exactly this version: when it moves, read what changed first.
const require = createRequire(import.meta.url);
const runtime = path.dirname(require.resolve('aws-lambda-ric'));
const source = readFileSync(path.join(runtime, 'index.mjs'), 'utf8');
const native = readFileSync(path.join(runtime, 'src/native/rapid-client.cc'), 'utf8');
const matches = (text: string, pattern: RegExp): string[] =>
  [...new Set(Array.from(text.matchAll(pattern), (match) => match[1]!))].sort();

test('the runtime client is the pinned version', () => {
  const own = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(own.devDependencies['aws-lambda-ric']).toBe('4.0.2');
  expect(JSON.parse(readFileSync(path.join(runtime, 'package.json'), 'utf8')).version).toBe('4.0.2');
});

test('the runtime loads the native client in one place and calls what the stand-in has', () => {
  expect(matches(source, /Require\("([^"]*\.node)"\)/g)).toEqual(['./rapid-client.node']);
  const called = matches(source, /nativeClient\.(\w+)\(/g);
  expect(called).toEqual(['done', 'error', 'next']);
  expect(Object.keys(createRapidClient('127.0.0.1:1')).sort()).toEqual(called);
  expect(matches(native, /exports\.Set\(Napi::String::New\(env, "(\w+)"/g)).toEqual(called);
});

test('next, done and error speak to the Runtime API as the native client does', async () => {
  const seen: unknown[] = [];
  const api = await startRuntimeApi({
    onNext: () => seen.push('next'),
    onResponse: (...args) => seen.push(['response', ...args]),
    onError: (...args) => seen.push(['error', ...args]),
    onInitError: () => {},
  });
  const client = createRapidClient(`127.0.0.1:${api.port}`);
  const invocation = {
    requestId: 'r1',
    payload: '{"ä":1}',
    functionArn: 'arn',
    traceId: 'Root=1',
    onTaken: () => 1234,
  };
  api.deliver({ ...invocation, clientContext: '{"custom":{}}' });
  const first = await client.next();
  expect(first).toEqual({
    bodyJson: '{"ä":1}',
    headers: {
      'lambda-runtime-deadline-ms': 1234,
      'lambda-runtime-aws-request-id': 'r1',
      'lambda-runtime-trace-id': 'Root=1',
      'lambda-runtime-invoked-function-arn': 'arn',
      'lambda-runtime-client-context': '{"custom":{}}',
    },
  });
  expect(matches(native, /"(lambda-runtime-[a-z-]+)"/g)).toEqual(expect.arrayContaining(Object.keys(first.headers)));

  expect(client.done('r1', '"ö"')).toBeNull();
  api.deliver({ ...invocation, requestId: 'r2' });
  const second = await client.next();
  expect(second.headers).not.toHaveProperty('lambda-runtime-client-context');
  expect(client.error('r2', '{"errorType":"E"}', '{}')).toBeNull();
  expect(client.done('r2', 'again, which the API refuses')).toBeNull();
  api.deliver({ ...invocation, requestId: 'r3' });
  await client.next();
  expect(seen).toEqual(['next', ['response', 'r1', '"ö"'], 'next', ['error', 'r2', '{"errorType":"E"}'], 'next']);
  api.close();
  await expect(client.next()).rejects.toThrow();
});

test('wrong arguments throw as the native client throws', () => {
  const client = createRapidClient('127.0.0.1:1');
  const untyped = client as unknown as Record<'done' | 'error', (...args: unknown[]) => unknown>;
  expect(() => untyped.done('r1')).toThrow(new TypeError('Wrong number of arguments, expected 2'));
  expect(() => untyped.done('r1', undefined)).toThrow(new TypeError('Wrong arguments'));
  expect(() => untyped.error('r1', '{}')).toThrow(new TypeError('Wrong number of arguments, expected 3'));
});
