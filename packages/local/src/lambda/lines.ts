import type { Readable } from 'node:stream';

/** Calls `onLine` for each line of a text stream; the last one need not end in a line feed. */
export const eachLine = (stream: Readable, onLine: (line: string) => void): void => {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    // The runtime writes the line feeds inside one log entry as carriage returns.
    for (const line of lines) onLine(line.replaceAll('\r', '\n'));
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest);
  });
};
