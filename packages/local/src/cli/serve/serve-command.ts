import type { StackPorts } from '../../stack/local-stack.ts';
import { readArguments, readWhole } from '../arguments.ts';
import { UsageError } from '../exit-codes.ts';

const kinds = {
  example: 'text',
  app: 'text',
  template: 'text',
  stack: 'text',
  parameter: 'list',
  port: 'text',
  verbose: 'flag',
  help: 'flag',
} as const;

/** `pipeline serve`. The stack is loaded once the call is known to be right. */
export const serveCommand = async (args: readonly string[]): Promise<number> => {
  const { positionals, options } = readArguments(args, kinds, 'pipeline serve');
  if (positionals.length > 0) throw new UsageError(`serve takes no file, got ${positionals.join(', ')}`);
  const { example, app, template, stack, parameter: parameters = [] } = options;
  if (example !== undefined && app !== undefined) throw new UsageError('--example and --app exclude each other');
  const lonely = stack !== undefined ? '--stack' : parameters.length > 0 ? '--parameter' : undefined;
  if (template === undefined && lonely !== undefined) throw new UsageError(`${lonely} is for --template`);
  const { serveApp } = await import('./serve-app.ts');
  return serveApp({
    ...(example === undefined ? {} : { example }),
    ...(app === undefined ? {} : { app }),
    ...(template === undefined
      ? {}
      : { template: { folder: template, parameters, ...(stack === undefined ? {} : { stack }) } }),
    ports: options.port === undefined ? {} : portsFrom(readWhole('--port', options.port, 1, 65_527)),
    verbose: options.verbose === true,
  });
};

const portsFrom = (base: number): StackPorts => ({
  s3: base,
  dynamodb: base + 1,
  ses: base + 2,
  stepFunctions: base + 3,
  lambda: base + 4,
  api: base + 5,
  sqs: base + 6,
  eventBridge: base + 7,
  ecs: base + 8,
});
