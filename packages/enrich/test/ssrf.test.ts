import { createRunContext, type RunContext } from '@pipeline/core';
import { describe, expect, test } from 'vitest';
import { httpLookup, LookupKeyError } from '../src/index.ts';

/** Keys with which people try to reach another place than the one of the template. */
const payloads = [
  '..',
  '.',
  '../',
  '../../admin',
  '..\\..\\admin',
  '..;/admin',
  './.././../etc/passwd',
  '....//....//admin',
  '%2e%2e',
  '%2e%2e%2fadmin',
  '%252e%252e%252f',
  '..%2f..%2fadmin',
  '..%c0%af..%c0%afadmin',
  '\u002e\u002e\u2215admin',
  '．．／admin',
  '/admin',
  '//evil.example',
  '///evil.example/x',
  '\\\\evil.example\\x',
  '/\\evil.example',
  'http://evil.example/',
  'https:evil.example',
  '//169.254.169.254/latest/meta-data/iam/security-credentials/',
  'http://[::ffff:a9fe:a9fe]/',
  '@evil.example',
  'user:pass@evil.example/',
  ':8080/admin',
  '.evil.example',
  '#/admin',
  '#@evil.example/',
  '?admin=true',
  '&admin=true',
  ';admin=true',
  'a?b#c&d=e',
  'a\r\nHost: evil.example',
  'a\r\n\r\nGET /admin HTTP/1.1',
  'a%0d%0aX-Admin: true',
  'a\tb\nc',
  'a\0b',
  "$&$`$'$1",
  '{key}',
  '{key}/../{key}',
  'file:///etc/passwd',
  'gopher://evil.example:70/_x',
  'javascript:alert(1)',
  '\u202egnp.admin',
  'ａｄｍｉｎ',
  '①②⑦.0.0.1',
];

/** What is asked for a key, or that it fails. */
const askedFor = async (url: string, key: string): Promise<URL | LookupKeyError> => {
  const asked: URL[] = [];
  const fetch = (async (target: URL) => {
    asked.push(new URL(target));
    return Response.json({});
  }) as RunContext['fetch'];
  const lookup = httpLookup<unknown>({
    name: 'prices',
    url,
    resolve: async () => ['8.8.8.8'],
    decode: () => 'found',
  });
  const answer = (await lookup.loadMany([key], createRunContext({ fetch }))).get(key);
  if (answer instanceof LookupKeyError) {
    expect(asked).toEqual([]);
    return answer;
  }
  return asked[0]!;
};

describe.each(payloads)('the key %j', (key) => {
  test('stays in its segment of the path, or fails alone', async () => {
    const url = await askedFor('https://prices.example/v1/{key}/now?a=b', key);
    if (url instanceof LookupKeyError) return expect(['.', '..']).toContain(key);
    expect([url.origin, url.username, url.search, url.hash]).toEqual(['https://prices.example', '', '?a=b', '']);
    const segments = url.pathname.split('/');
    expect(segments.map((segment) => decodeURIComponent(segment))).toEqual(['', 'v1', key, 'now']);
  });

  test('stays in its value of the query', async () => {
    const url = await askedFor('https://prices.example/v1?a=b&id={key}&c=d', key);
    if (url instanceof LookupKeyError) return expect(['.', '..']).toContain(key);
    expect([url.origin, url.pathname, url.hash]).toEqual(['https://prices.example', '/v1', '']);
    expect([...url.searchParams]).toEqual([
      ['a', 'b'],
      ['id', key],
      ['c', 'd'],
    ]);
  });
});
