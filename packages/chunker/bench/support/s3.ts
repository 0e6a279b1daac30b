import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { S3Client } from '@aws-sdk/client-s3';
import type { DataFile } from './data.ts';
import type { Command } from './s3-server.ts';
import type { Answer } from './work.ts';

/** The S3 server of `s3-server.ts`, from outside. */
export interface BenchS3 {
  readonly endpoint: string;
  /** Makes a file an object of the bucket `inbox`. */
  load(file: DataFile): Promise<void>;
  /** What was written below `work/`, and how many bytes were read; forgets both. */
  check(file: DataFile): Promise<Partial<Answer>>;
  /** Bytes read since the last look; what was written is forgotten. */
  bytesRead(): Promise<Partial<Answer>>;
  close(): void;
}

export const startS3 = async (): Promise<BenchS3> => {
  const child = fork(fileURLToPath(new URL('s3-server.ts', import.meta.url)), {
    execArgv: ['--conditions=@pipeline/source', '--disable-warning=ExperimentalWarning'],
  });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  const tell = async <T>(command: Command): Promise<T> => {
    child.send(command);
    return ((await once(child, 'message')) as [T])[0];
  };
  const forget = (prefix: string) => tell<{ bytesSent: number }>({ forget: prefix });
  return {
    endpoint: `http://127.0.0.1:${port}`,
    load: (file) => tell({ load: file.path, as: `inbox/${sourceKey(file)}` }),
    async check({ columns }) {
      const answer = await tell<Partial<Answer>>({ describe: columns });
      await forget('work/');
      return answer;
    },
    async bytesRead() {
      const { bytesSent } = await forget('work/');
      return { bytesRead: bytesSent, remark: `${(bytesSent / 1e6).toFixed(0)} MB read` };
    },
    close: () => child.disconnect(),
  };
};

export const sourceKey = ({ shape, bytes }: DataFile): string => `${shape}-${bytes}.csv`;

export const clientFor = (endpoint: string): S3Client =>
  new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
