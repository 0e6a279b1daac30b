import { S3Client } from '@aws-sdk/client-s3';
import type { Place } from './support.ts';

/** Starts `pipeline serve` and waits for lines of its output. */
export const startServe = (place: Place, ...args: readonly string[]) => {
  const child = place.start(['serve', ...args]);
  let text = '';
  let look = (): void => {};
  child.stdout?.on('data', (piece: string) => {
    text += piece;
    look();
  });
  const line = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      look = () => {
        const found = pattern.exec(text);
        if (found !== null) resolve(found);
      };
      look();
      void child.answer.then(({ stderr }) => reject(new Error(`serve ended before ${pattern}: ${text}${stderr}`)));
    });
  return { child, line };
};

/** A client as the printed `export` lines set it up. */
export const clientOf = (exports: string): S3Client => {
  const variables = new Map([...exports.matchAll(/(AWS_\w+)=(\S+)/g)].map(([, name, value]) => [name!, value!]));
  return new S3Client({
    endpoint: variables.get('AWS_ENDPOINT_URL_S3')!,
    region: variables.get('AWS_REGION')!,
    forcePathStyle: true,
    credentials: {
      accessKeyId: variables.get('AWS_ACCESS_KEY_ID')!,
      secretAccessKey: variables.get('AWS_SECRET_ACCESS_KEY')!,
    },
  });
};
