import type { LocalStack } from '@pipeline/local';
import { formatBytes } from '@pipeline/local/terminal';

/** Peak memory of the largest process of each function, and of this program with all the servers in it. */
export const memoryLines = ({ lambda, app }: LocalStack): readonly string[] => {
  const functions = Object.entries(lambda.stats())
    .map(([name, { peakRssBytes }]) => ({ name: name.replace(`${app.bucket}-`, ''), bytes: peakRssBytes ?? 0 }))
    .filter(({ bytes }) => bytes > 0)
    .sort((a, b) => b.bytes - a.bytes);
  const list = functions.map(({ name, bytes }) => `${name} ${formatBytes(bytes)}`).join(', ');
  return [
    ...(list === '' ? [] : [`functions, a process each: ${list}`]),
    `this program with S3, DynamoDB, SES and Step Functions: ${formatBytes(process.resourceUsage().maxRSS * 1024)}`,
  ];
};
