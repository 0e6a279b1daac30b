import type { LocalStack } from '../../stack/local-stack.ts';
import type { Style } from '../progress/style.ts';
import { padEnd } from '../progress/text.ts';

const startsWhat = ({ replayMachineArn }: LocalStack): string =>
  replayMachineArn === undefined
    ? 'each starts a batch'
    : 'each starts a batch; a mended rejects.csv goes back into its own';

/** What is special about a stack that was synthesised. */
const fromTemplate = ({ roles, app: { notes = [] } }: LocalStack, style: Style): readonly string[] =>
  roles === undefined
    ? []
    : [
        '',
        `  Each of ${roles.names.length} roles has a key of its own; what its policies do not allow is refused, and told here.`,
        ...notes.map((note) => style.dim(`  ${note}`)),
      ];

/** Where everything is and how to reach it. */
export const welcome = (stack: LocalStack, style: Style): string => {
  const { endpoints, environment, app, outside, inboxUrl } = stack;
  const outsideS3 = outside.s3 !== undefined;
  const row = (label: string, value: string, note = ''): string =>
    `  ${style.dim(padEnd(label, 15))}${value}${note === '' ? '' : `   ${style.dim(note)}`}`;
  const from = (endpoint: string | undefined): string => (endpoint === undefined ? '' : 'from your environment');
  const target = `s3://${app.bucket}/${app.trigger.prefix}`;
  const access = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'].map((name) => `${name}=${environment[name]}`).join(' ');
  const region = environment.AWS_REGION;
  return [
    `${style.bold(app.name)} is up; Ctrl-C stops it`,
    '',
    row('S3', endpoints.s3, from(outside.s3)),
    row('DynamoDB', endpoints.dynamodb, from(outside.dynamodb)),
    row('SES', endpoints.ses, from(outside.sesv2)),
    row('Step Functions', endpoints.stepFunctions),
    row('Lambda', endpoints.lambda),
    row('SQS', endpoints.sqs),
    row('EventBridge', endpoints.eventBridge),
    ...(endpoints.ecs === undefined ? [] : [row('ECS', endpoints.ecs)]),
    ...(endpoints.api === undefined ? [] : [row('API', endpoints.api)]),
    '',
    row('Upload to', `${target}<name>${app.trigger.suffix}`, outsideS3 ? '' : startsWhat(stack)),
    ...(inboxUrl === undefined ? [] : [row('Inbox', inboxUrl, 'the mails, in a browser')]),
    row('State machine', stack.stateMachineArn),
    ...(stack.replayMachineArn === undefined ? [] : [row('Replays', stack.replayMachineArn)]),
    '',
    style.dim('  For the AWS CLI (2.13 or 1.29 and later) and for SDKs:'),
    // A key of the environment is known to whoever set it, and is not ours to print.
    ...(Object.keys(outside).length === 0 ? [`  export ${access}`] : []),
    `  export AWS_REGION=${region} AWS_DEFAULT_REGION=${region}`,
    ...Object.entries(environment)
      .filter(([name]) => name.startsWith('AWS_ENDPOINT_URL'))
      .map(([name, value]) => `  export ${name}=${value}`),
    `  aws s3 cp file.csv ${target}`,
    '',
    style.dim('  For an older AWS CLI, with the same credentials and region:'),
    `  aws --endpoint-url ${endpoints.s3} s3 cp file.csv ${target}`,
    ...fromTemplate(stack, style),
    ...(outsideS3
      ? [
          '',
          '  That S3 tells nobody here of uploads. To start a batch, after the upload:',
          `  aws lambda invoke --endpoint-url ${endpoints.lambda} --function-name ${app.trigger.functionName} --cli-binary-format raw-in-base64-out --payload '{"bucket":"${app.bucket}","key":"${app.trigger.prefix}file.csv"}' /dev/stdout`,
        ]
      : []),
    '',
    '',
  ].join('\n');
};
