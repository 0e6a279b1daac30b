import { type ObjectRef, PipelineConfigError } from '@pipeline/core';

/** `12,345`. */
export const count = (value: number): string => value.toLocaleString('en-US');

/** `1 row`, `2 rows`. */
export const plural = (value: number, noun: string): string => `${count(value)} ${noun}${value === 1 ? '' : 's'}`;

const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `1.5 MiB`. */
export const byteSize = (bytes: number): string => {
  const power = Math.max(0, Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  return power === 0 ? plural(bytes, 'byte') : `${(bytes / 1024 ** power).toFixed(1)} ${units[power]}`;
};

/** A share of `[0, 1]` in per cent; only none of it is 0 %, and only all of it 100 %. */
export const percent = (share: number): string => {
  if (share > 0 && share < 0.001) return 'under 0.1 %';
  if (share < 1 && share > 0.999) return 'over 99.9 %';
  return `${(share * 100).toFixed(share === 0 || share === 1 ? 0 : 1)} %`;
};

/** Six digits are as many as people read. */
export const quantity = (value: number): string =>
  Math.abs(value) >= 1e15 || (value !== 0 && Math.abs(value) < 1e-4)
    ? value.toExponential(3)
    : value.toLocaleString('en-US', { maximumSignificantDigits: 6 });

/** US dollars; small amounts keep two digits that count. */
export const dollars = (value: number): string => {
  if (value === 0) return '$0';
  return value >= 0.01 ? `$${value.toFixed(2)}` : `$${value.toFixed(Math.min(8, 1 - Math.floor(Math.log10(value))))}`;
};

/** A date as people read it, in UTC. */
export const moment = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`;

export const s3Text = ({ bucket, key }: ObjectRef): string => `s3://${bucket}/${key}`;

/** What a browser would not show, or would use to turn the text around it. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** Text of a file or its names: cut to `most` characters, and nothing in it is invisible. */
export const shown = (text: string, most = 80): string => {
  const characters = [...text.slice(0, most * 2 + 2)];
  const cut = characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : characters.join('');
  return cut.replace(unseen, (character) => {
    const code = character.codePointAt(0)!;
    return code < 0x20 ? String.fromCodePoint(0x2400 + code) : '�';
  });
};

/** An address that a page may link to: of the web, or beside the page. */
export const checkUrl = (option: string, url: string): string => {
  const scheme = /^[^/?#]*?:/.exec(url.replace(/[\p{Cc}\s]/gu, ''))?.[0].toLowerCase();
  if (scheme === undefined || scheme === 'https:' || scheme === 'http:') return url;
  throw new PipelineConfigError('CONFIG_INVALID', { option, expected: 'an https, http or relative URL', got: scheme });
};
