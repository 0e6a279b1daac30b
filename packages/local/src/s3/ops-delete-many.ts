import { readText } from './body.ts';
import { deleteCheck } from './conditions.ts';
import type { Operation } from './context.ts';
import { invalidRequest, malformedXml, noSuchVersion, notServed, S3Error } from './errors.ts';
import { assertKey } from './keys.ts';
import { isVersionId } from './version-ids.ts';
import { childrenOf, el, parseXml, textOf, wrap, xmlDocument } from './xml.ts';

const MAX_KEYS = 1000;

/** DeleteObjects. */
export const deleteObjects: Operation = async ({ request, body, store, caller, bucket }) => {
  const target = bucket();
  const { headers } = request.message;
  const checked =
    headers['content-md5'] !== undefined ||
    headers['x-amz-trailer'] !== undefined ||
    Object.keys(headers).some((name) => name.startsWith('x-amz-checksum-'));
  if (!checked) {
    throw invalidRequest('Missing required header for this request: Content-MD5 OR x-amz-checksum-*');
  }
  const root = parseXml(await readText(body), 'Delete');
  const entries = childrenOf(root, 'Object');
  if (entries.length === 0 || entries.length > MAX_KEYS) throw malformedXml();
  const quiet = textOf(root, 'Quiet') === 'true';
  const results: string[] = [];
  for (const entry of entries) {
    const key = textOf(entry, 'Key');
    if (key === undefined || key === '') throw malformedXml();
    const versionId = textOf(entry, 'VersionId') || undefined;
    try {
      if (textOf(entry, 'LastModifiedTime') !== undefined || textOf(entry, 'Size') !== undefined) {
        throw notServed('Conditional deletion by time or size');
      }
      assertKey(key);
      if (versionId !== undefined && versionId !== 'null') {
        const known = isVersionId(versionId) && target.versioning !== undefined;
        if (!known) throw noSuchVersion(key, versionId);
      }
      const check = deleteCheck(textOf(entry, 'ETag'), key);
      const removed = store.remove(target, key, {
        ...caller,
        ...(versionId === undefined ? {} : { versionId }),
        ...(check === undefined ? {} : { check }),
      });
      if (quiet) continue;
      results.push(
        wrap(
          'Deleted',
          el('Key', key),
          el('VersionId', versionId),
          removed.deleteMarker ? el('DeleteMarker', true) : '',
          removed.deleteMarker ? el('DeleteMarkerVersionId', removed.versionId) : '',
        ),
      );
    } catch (error) {
      if (!(error instanceof S3Error)) throw error;
      results.push(
        wrap('Error', el('Key', key), el('VersionId', versionId), el('Code', error.code), el('Message', error.message)),
      );
    }
  }
  return { xml: xmlDocument('DeleteResult', ...results) };
};
