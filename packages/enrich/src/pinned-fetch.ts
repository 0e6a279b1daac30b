import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { pipeline, Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { RunContext } from '@pipeline/core';
import type { Headers } from './sign-request.ts';

/** A request to one URL. */
export interface OutgoingRequest {
  readonly method: 'GET' | 'POST';
  readonly headers: Headers;
  readonly body?: string;
}

/** Sends a request; redirects are not followed. */
export type Send = (url: URL, request: OutgoingRequest, run: RunContext) => Promise<Response>;

/**
 * Sends requests to a host by addresses that were looked at, and by no other: what a name server answers a moment later is
 * not asked for. `fetch` cannot be told which address to connect to.
 */
export const createPinnedFetch = (
  secure: boolean,
  addressesOf: (run: RunContext) => Promise<readonly string[]>,
): Send => {
  const agent = secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const request = secure ? httpsRequest : httpRequest;
  return (url, { method, headers, body }, run) =>
    new Promise((resolve, reject) => {
      const options: RequestOptions = {
        agent,
        method,
        headers: {
          'accept-encoding': 'gzip, deflate, br',
          ...headers,
          ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
        },
        lookup: lookupOf(() => addressesOf(run)),
        signal: run.signal,
      };
      request(url, options, (answer) => resolve(responseOf(answer)))
        .on('error', reject)
        .end(body);
    });
};

const lookupOf =
  (addressesOf: () => Promise<readonly string[]>): LookupFunction =>
  (_, { all = false }, callback) => {
    addressesOf().then(
      (addresses) => {
        const found = addresses.map((address) => ({ address, family: isIP(address) }));
        const [first] = found;
        if (first === undefined)
          callback(Object.assign(new Error('the host has no address'), { code: 'ENOTFOUND' }), '', 0);
        else if (all) callback(null, found);
        else callback(null, first.address, first.family);
      },
      (error: Error) => callback(error, '', 0),
    );
  };

const unpackers: Readonly<Record<string, () => ReturnType<typeof createGunzip>>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

const responseOf = (answer: IncomingMessage): Response => {
  const { statusCode: status = 0, headers } = answer;
  const plain = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value] as [string, string]],
  );
  if ([204, 205, 304].includes(status)) {
    answer.resume();
    return new Response(null, { status, headers: plain });
  }
  const unpack = unpackers[(headers['content-encoding'] ?? '').toLowerCase()];
  // The web stream that reads the end of the pipeline is told of its failure.
  const body = unpack === undefined ? answer : pipeline(answer, unpack(), () => {});
  return new Response(Readable.toWeb(body) as ReadableStream, { status, headers: plain });
};
