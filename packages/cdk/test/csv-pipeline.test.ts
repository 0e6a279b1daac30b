import { stateMachineDefinition } from '@pipeline/handlers';
import aslValidator from 'asl-validator';
import { CfnParameter, Duration, type Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectDeadLetters, expectTimeouts } from './expectations.ts';
import { allFunctions, definitionsOf, idOf, type Made, makePipeline, ofType, resourcesOf, synthMs } from './helpers.ts';

let made: Made;
let resources: ReturnType<typeof resourcesOf>;
let template: Template;
beforeAll(() => {
  made = makePipeline();
  resources = resourcesOf(made);
  template = Template.fromStack(made.stack);
}, synthMs);

/** The ARN of a state machine, by the end of its name. */
const arnOf = (name: string) => ({
  'Fn::Join': ['', Match.arrayWith([Match.stringLikeRegexp(`:stateMachine:.*-${name}$`)])],
});

describe('the state machines', () => {
  it('run the one definition, with the ARNs of the functions', () => {
    const arn = (part: string) =>
      `arn:aws:lambda:us-east-1:000000000000:function:${idOf(resources, 'AWS::Lambda::Function', `Pipeline${part}Function`)}`;
    const [batches] = definitionsOf(resources);
    expect(batches).toEqual(
      JSON.parse(
        JSON.stringify(
          stateMachineDefinition({
            SplitFunction: arn('Split'),
            ScanFunction: arn('Scan'),
            ProcessFunction: arn('Process'),
            ResolveFunction: arn('Resolve'),
            MergeFunction: arn('Merge'),
            ArchiveFunction: arn('Archive'),
            NotifyFunction: arn('Notify'),
          }),
        ),
      ),
    );
  });

  it('have definitions that the language allows', () => {
    for (const definition of definitionsOf(resources)) {
      const { isValid, errors } = aslValidator(definition);
      expect(errors).toEqual([]);
      expect(isValid).toBe(true);
    }
  });

  it('end, every state of them', () => expectTimeouts(resources));

  it('are Standard, traced, and logged without data', () => {
    for (const [, { properties }] of ofType(resources, 'AWS::StepFunctions::StateMachine'))
      expect(properties).toMatchObject({
        StateMachineType: 'STANDARD',
        TracingConfiguration: { Enabled: true },
        LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
      });
  });

  it('take the concurrency of a parameter', () => {
    const other = makePipeline((stack) => ({
      maxConcurrency: new CfnParameter(stack, 'Most', { type: 'Number', default: 7 }).valueAsNumber,
    }));
    const [definition] = definitionsOf(resourcesOf(other));
    expect((definition as { States: { ProcessChunks: object } }).States.ProcessChunks).toMatchObject({
      MaxConcurrency: 7,
    });
  });

  it('do without scans and replays where there are no functions for them', () => {
    const functions = { ...allFunctions, scan: false, replay: false } as const;
    const least = resourcesOf(makePipeline({ functions }));
    const [definition, ...others] = definitionsOf(least);
    expect(others).toEqual([]);
    expect(Object.keys(definition!.States as object)).not.toContain('ScanRanges');
    expect(ofType(least, 'AWS::Lambda::Function').filter(([id]) => /Scan|Replay/.test(id))).toEqual([]);
  });
});

describe('failures', () => {
  it('have dead letters on every asynchronous edge', () => expectDeadLetters(resources));

  it('call the failure function and tell the topic, for batches and replays, not for the children of maps', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.states'],
        detail: { status: ['FAILED', 'TIMED_OUT', 'ABORTED'], stateMachineArn: ['batches', 'replays'].map(arnOf) },
      },
      Targets: Match.arrayWith([
        Match.objectLike({ Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('Failure'), 'Arn'] } }),
        Match.objectLike({ Arn: { Ref: Match.stringLikeRegexp('Topic') } }),
      ]),
    });
  });

  it('raise alarms that tell the topic', () => {
    const alarms = ofType(resources, 'AWS::CloudWatch::Alarm');
    expect(alarms.map(([id]) => id.replace(/^PipelineWatch|[0-9A-F]{8}$/g, '')).sort()).toEqual([
      'DeadLettersWait',
      'FailedBatches',
      'MailsFailed',
      'MailsUnknown',
      'RejectRate',
      'Throttles',
      'WaitingUploads',
    ]);
    for (const [, { properties }] of alarms)
      expect(properties.AlarmActions).toEqual([expect.stringContaining('Topic')]);
  });
});

it('has the alarms and metrics that docs/cost.md counts', () => {
  const alarms = ofType(resources, 'AWS::CloudWatch::Alarm');
  const metrics = alarms.flatMap(([, { properties }]) => {
    const many = (properties.Metrics ?? []) as readonly { readonly MetricStat?: object }[];
    return many.length === 0 ? [properties] : many.filter(({ MetricStat }) => MetricStat !== undefined);
  });
  expect([alarms.length, metrics.length]).toEqual([7, 23]);
});

describe('the functions', () => {
  it('run on Node 24 and arm64, traced, with a log that ends', () => {
    template.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: { LogGroup: Match.anyValue() },
      Timeout: Match.anyValue(),
      MemorySize: Match.anyValue(),
    });
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
  });

  it('are told where they are', () => {
    const told = makePipeline({
      environment: ({ places, stateMachineArn, replayMachineArn, rejectTable, account }) => ({
        BUCKET: places.output.bucket,
        PREFIX: places.output.prefix,
        MACHINES: `${stateMachineArn} ${replayMachineArn}`,
        REJECTS: rejectTable ?? '',
        OWNER: account,
      }),
    });
    const functions = ofType(resourcesOf(told), 'AWS::Lambda::Function');
    const environmentOf = (part: string) =>
      (functions.find(([id]) => id.includes(part))![1].properties.Environment as { Variables: Record<string, string> })
        .Variables;
    expect(environmentOf('SplitFunction')).toEqual({
      BUCKET: expect.stringContaining('DataBucket'),
      PREFIX: 'results/',
      MACHINES: expect.stringMatching(/-batches arn:aws:states.*-replays$/),
      REJECTS: expect.stringContaining('Rejects'),
      OWNER: '000000000000',
      PIPELINE_METRICS_NAMESPACE: expect.stringMatching(/^Pipeline\/.*-batches$/),
    });
    expect(environmentOf('NotifyFunction').LINK_ROLE_ARN).toContain('LinksRole');
  });

  it('can be changed down to the resource', () => {
    const { pipeline, stack } = makePipeline();
    pipeline.functions.process.function.configureAsyncInvoke({ maxEventAge: Duration.minutes(5) });
    pipeline.functions.process.function.addEnvironment('MODE', 'strict');
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ MODE: 'strict' }) },
    });
  });
});

it('draws no warning', () => {
  expect(Annotations.fromStack(made.stack as Stack).findWarning('*', Match.anyValue())).toEqual([]);
});
