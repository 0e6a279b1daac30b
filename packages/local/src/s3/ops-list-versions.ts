import { type Operation, xmlTime } from './context.ts';
import { invalidArgument } from './errors.ts';
import { listEntries } from './list.ts';
import type { Bucket, Version } from './model.ts';
import { type ListQuery, listQuery, objectElements, owner } from './ops-list.ts';
import { assertVersionId } from './version-ids.ts';
import { el, wrap, xmlDocument } from './xml.ts';

interface VersionPage {
  readonly entries: string;
  readonly truncated: boolean;
  readonly nextKey: string | undefined;
  readonly nextVersion: string | undefined;
}

function versionElement(version: Version, isLatest: boolean, encode: (text: string) => string): string {
  const head = [el('Key', encode(version.key)), el('VersionId', version.versionId), el('IsLatest', isLatest)];
  if (version.kind === 'marker') {
    return wrap('DeleteMarker', ...head, el('LastModified', xmlTime(version.modifiedMs)), owner());
  }
  return wrap('Version', ...head, ...objectElements(version), owner(), el('StorageClass', version.storageClass));
}

function versionPage(bucket: Bucket, list: ListQuery, keyMarker: string, versionMarker: string): VersionPage {
  const keys = bucket.order.sorted((key) => bucket.versions.has(key));
  const live = (key: string): boolean => bucket.versions.has(key);
  const entries: string[] = [];
  let nextKey: string | undefined;
  let nextVersion: string | undefined;
  const stop = (): VersionPage => ({ entries: entries.join(''), truncated: true, nextKey, nextVersion });

  const addVersions = (key: string, from: number): boolean => {
    const versions = bucket.versions.get(key) ?? [];
    for (let i = from; i < versions.length; i++) {
      if (entries.length === list.maxKeys) return false;
      const version = versions[i] as Version;
      entries.push(versionElement(version, i === 0, list.encode));
      nextKey = key;
      nextVersion = version.versionId;
    }
    return true;
  };

  if (list.maxKeys === 0) return { entries: '', truncated: false, nextKey, nextVersion };
  if (versionMarker !== '') {
    const versions = bucket.versions.get(keyMarker) ?? [];
    const at = versions.findIndex((version) => version.versionId === versionMarker);
    if (at >= 0 && !addVersions(keyMarker, at + 1)) return stop();
  }
  for (const entry of listEntries({ keys, live, prefix: list.prefix, delimiter: list.delimiter, after: keyMarker })) {
    if (entries.length === list.maxKeys) return stop();
    if ('prefix' in entry) {
      entries.push(wrap('CommonPrefixes', el('Prefix', list.encode(entry.prefix))));
      nextKey = entry.prefix;
      nextVersion = undefined;
    } else if (!addVersions(entry.key, 0)) {
      return stop();
    }
  }
  return { entries: entries.join(''), truncated: false, nextKey, nextVersion };
}

/** ListObjectVersions. */
export const listObjectVersions: Operation = (context) => {
  const bucket = context.bucket();
  const list = listQuery(context, 'max-keys');
  const keyMarker = context.request.query.get('key-marker') ?? '';
  const versionMarker = context.request.query.get('version-id-marker') ?? '';
  if (versionMarker !== '') {
    if (keyMarker === '') {
      throw invalidArgument(
        'A version-id marker cannot be specified without a key marker.',
        'version-id-marker',
        versionMarker,
      );
    }
    assertVersionId(versionMarker);
  }
  const result = versionPage(bucket, list, keyMarker, versionMarker);
  return {
    xml: xmlDocument(
      'ListVersionsResult',
      el('Name', bucket.name),
      el('Prefix', list.encode(list.prefix)),
      el('KeyMarker', list.encode(keyMarker)),
      el('VersionIdMarker', versionMarker),
      result.truncated && result.nextKey !== undefined ? el('NextKeyMarker', list.encode(result.nextKey)) : '',
      result.truncated ? el('NextVersionIdMarker', result.nextVersion) : '',
      el('MaxKeys', list.maxKeys),
      list.delimiter === '' ? '' : el('Delimiter', list.encode(list.delimiter)),
      el('EncodingType', list.encodingType),
      el('IsTruncated', result.truncated),
      result.entries,
    ),
  };
};
