import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileUrlTemplate } from '../src/url-template.ts';

const hostile = fc.constantFrom(
  '.',
  '..',
  '../../admin',
  '..%2f..%2fadmin',
  '%2e%2e',
  '/',
  '//evil.example',
  '\\\\evil.example',
  '@evil.example/',
  ':80@evil.example',
  '?admin=1',
  '&admin=1',
  '#x',
  '$&',
  '$`',
  '{key}',
  '\r\nHost: evil.example',
  '\0',
  '\ud800',
  ' ',
  "!'()*+",
  '①②⑦.⓪.⓪.①',
);
const key = fc.oneof(
  hostile,
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('.', '/', '%', '2', 'e', '\\', ';') }),
);

const templates = [
  'https://api.example/prod/prices/{key}',
  'https://api.example/prod/.{key}/x',
  'https://api.example/prod/%2e{key}/x',
  'https://api.example/prod/{key}{key}',
  'https://api.example:8443/{key}/deep/a%20b',
  'https://api.example/prices?id={key}',
  'http://127.0.0.1:1/p/{key}?id={key}&fixed=1+2&flag',
];

describe.each(templates)('%s', (template) => {
  test('keeps origin, path and parameters whatever the key is, and carries the key unchanged', () => {
    const compiled = compileUrlTemplate(template);
    const plain = new URL(compiled.fill('plain')!);
    const shape = (url: URL) => [
      url.origin,
      url.username,
      url.hash,
      url.pathname.split('/').length,
      [...url.searchParams.keys()],
    ];
    fc.assert(
      fc.property(key, (text) => {
        const url = compiled.fill(text);
        if (url === undefined) {
          expect(text === '' || !text.isWellFormed() || /^\.{1,2}$/.test(text)).toBe(true);
          return;
        }
        expect(shape(url)).toEqual(shape(plain));
        const place = plain.pathname.split('/').findIndex((segment) => segment.includes('plain'));
        const segments = new URL(url.href).pathname.split('/');
        for (const [index, segment] of plain.pathname.split('/').entries())
          expect(decodeURIComponent(segments[index]!)).toBe(
            index === place ? decodeURIComponent(segment).replaceAll('plain', () => text) : decodeURIComponent(segment),
          );
        for (const [name, value] of plain.searchParams)
          expect(url.searchParams.get(name)).toBe(value === 'plain' ? text : value);
      }),
      { numRuns: 300 },
    );
  });
});

test.each(['', '.', '..', '\ud800x'])('the key %j is not filled in', (text) => {
  expect(compileUrlTemplate('https://api.example/{key}').fill(text)).toBeUndefined();
});

test('a key that makes a dot segment together with the template is not filled in', () => {
  expect(compileUrlTemplate('https://api.example/a/{key}{key}').fill('.')).toBeUndefined();
  expect(compileUrlTemplate('https://api.example/a/.{key}').fill('.')).toBeUndefined();
});

test.each([
  'https://{key}.example/x',
  'https://api.example:{key}/x',
  'https://{key}@api.example/x',
  'https://user:pass@api.example/{key}',
  'https://api.example/x?{key}=1',
  'https://api.example/x?a=1&{key}',
  'https://api.example/x#{key}',
  'https://api.example/{key}#x',
  'https://api.example/x',
  'https://api.example/{id}',
  'https://api.example/{key}/{other}',
  'https://api.example/a/../{key}',
  'https://api.example/a b/{key}',
  'https://api.example\\{key}',
  'ftp://api.example/{key}',
  'file:///{key}',
  '/{key}',
  '',
])('the template %j is refused', (template) => {
  expect(() => compileUrlTemplate(template)).toThrow(/^CONFIG_INVALID: url must be/);
});
