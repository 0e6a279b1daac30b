// Loaded with --require before aws-lambda-ric in every function process.
import Module from 'node:module';
import net from 'node:net';
import { createRapidClient } from './rapid-client.ts';

/** File descriptor of a pipe that only the parent holds open. */
const LIFELINE_FD = 3;

type Load = (request: string, ...rest: unknown[]) => unknown;
const internals = Module as unknown as { _load: Load };
const load = internals._load;
internals._load = function (this: unknown, request, ...rest) {
  if (request === './rapid-client.node') return createRapidClient(process.env.AWS_LAMBDA_RUNTIME_API ?? '');
  return load.call(this, request, ...rest);
};

// A handler that awaits something else than the Runtime API would outlive a killed parent by up to 15 minutes.
const lifeline = new net.Socket({ fd: LIFELINE_FD, readable: true, writable: false });
lifeline.on('close', () => process.kill(process.pid, 'SIGKILL'));
lifeline.on('error', () => {});
lifeline.resume();
lifeline.unref();
