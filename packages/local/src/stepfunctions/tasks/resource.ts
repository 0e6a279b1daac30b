/** What a Task's Resource names. */
export type ParsedResource =
  | { readonly kind: 'lambda-arn'; readonly functionName: string }
  | { readonly kind: 'integration'; readonly service: string; readonly action: string; readonly pattern: Pattern }
  | { readonly kind: 'aws-sdk'; readonly service: string; readonly action: string; readonly pattern: Pattern }
  | { readonly kind: 'activity' }
  | { readonly kind: 'unknown' };

/** How a task ends: with the call's answer, with the end of the job, or with its token. */
export type Pattern = '' | 'sync' | 'sync:2' | 'waitForTaskToken';

/** Takes a Resource apart. */
export function parseResource(resource: string): ParsedResource {
  const lambda = /^arn:aws[\w-]*:lambda:[^:]*:\d*:function:(.+)$/.exec(resource);
  if (lambda) return { kind: 'lambda-arn', functionName: bareFunctionName(resource) };
  if (/^arn:aws[\w-]*:states:[^:]+:\d+:activity:/.test(resource)) return { kind: 'activity' };
  const match =
    /^arn:aws[\w-]*:states:[^:]*:[^:]*:(aws-sdk:)?([A-Za-z0-9-]+):([A-Za-z0-9]+)(?:\.(sync:2|sync|waitForTaskToken))?$/.exec(
      resource,
    );
  if (!match) return { kind: 'unknown' };
  const [, sdk, service, action, pattern = ''] = match;
  return { kind: sdk ? 'aws-sdk' : 'integration', service: service!, action: action!, pattern: pattern as Pattern };
}

/** A function's name from its name, partial ARN or ARN; the qualifier stays unless it is `$LATEST`. */
export function bareFunctionName(name: string): string {
  const bare = name.replace(/^(arn:aws[\w-]*:lambda:[^:]*:)?(\d{12}:)?function:/, '');
  return bare.replace(/:\$LATEST$/, '');
}
