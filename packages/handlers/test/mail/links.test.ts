import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { createLinks } from '../../src/index.ts';
import { at, credentials } from '../helpers.ts';

describe('createLinks', () => {
  const now = Date.now();
  const clock = { now: () => now };
  const make = (more: { expiration?: Date; sessionToken?: string } = {}, expiresInSeconds?: number) => {
    const client = new S3Client({ region: 'eu-central-1', credentials: { ...credentials, ...more } });
    const links = createLinks({ client, ...(expiresInSeconds === undefined ? {} : { expiresInSeconds }) });
    return links({ bucket: 'orders', key: "out/täglich 100% (1)'s.csv", versionId: 'v1' }, clock);
  };

  test.each<[string, Parameters<typeof make>, number, boolean]>([
    ['lasting credentials: the wish', [{}, 600], 600, true],
    ['lasting credentials: an hour by default', [{}], 3600, true],
    ['a session that ends later: the wish', [{ sessionToken: 't', expiration: new Date(now + 7_200_000) }], 3600, true],
    ['a session that ends earlier: its end', [{ sessionToken: 't', expiration: new Date(now + 900_000) }], 900, true],
    ['a session that does not say: the wish, at the latest', [{ sessionToken: 't' }], 3600, false],
  ])('%s', async (_, args, seconds, certain) => {
    const { expiresAt, certain: sure } = await make(...args);
    expect([expiresAt - now, sure]).toEqual([seconds * 1000, certain]);
  });

  test('the link names bucket, key, version and a file name for saving', async () => {
    const { url } = await make({}, 600);
    const { hostname, pathname, searchParams } = new URL(url);
    expect(hostname).toBe('orders.s3.eu-central-1.amazonaws.com');
    expect(decodeURIComponent(pathname)).toBe("/out/täglich 100% (1)'s.csv");
    expect(searchParams.get('versionId')).toBe('v1');
    expect(searchParams.get('X-Amz-Expires')).toBe('600');
    expect(searchParams.get('response-content-disposition')).toBe(
      "attachment; filename*=UTF-8''t%C3%A4glich%20100%25%20%281%29%27s.csv",
    );
  });

  test('a link that is to be shown keeps the name for saving', async () => {
    const link = createLinks({ client: new S3Client({ region: 'eu-central-1', credentials }) });
    const { url } = await link(at('r1/report.html'), clock, { inline: true });
    expect(new URL(url).searchParams.get('response-content-disposition')).toBe("inline; filename*=UTF-8''report.html");
  });

  test.each([0, -1, 1.5, 604_801, Number.NaN])('refuses a life of %d seconds when made', (expiresInSeconds) => {
    const client = new S3Client({ region: 'eu-central-1', credentials });
    expect(() => createLinks({ client, expiresInSeconds })).toThrow(/^CONFIG_INVALID: expiresInSeconds/);
  });
});
