// A worker that reads, checks and writes the part of a file that it is handed.
import { parentPort } from 'node:worker_threads';
import { type Part, process, stages } from './peers/ours.ts';

parentPort!.on('message', async (part: Part) => {
  parentPort!.postMessage(await process(part, stages.checked));
});
