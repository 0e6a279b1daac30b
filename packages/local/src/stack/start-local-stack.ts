import { GetObjectTaggingCommand } from '@aws-sdk/client-s3';
import type { TaskDefinition } from '../ecs/index.ts';
import { createCloser } from './closer.ts';
import { deployApp, environmentOf, registerAppFunctions } from './deploy-app.ts';
import { deployTemplate, registerFunctions } from './deploy-template.ts';
import { createExecutionBook } from './executions.ts';
import type { LocalApp } from './local-app.ts';
import type { LocalStack, LocalStackOptions } from './local-stack.ts';
import { accountId, region } from './place.ts';
import { type Services, startServices } from './services.ts';
import { createStackAccess } from './stack-access.ts';
import { createTriggers } from './triggers.ts';
import { uploadObject } from './upload.ts';

/** Where the gates of a template lead. */
const gatedServices = ({ endpoints }: Services) => ({
  s3: endpoints.s3,
  dynamodb: endpoints.dynamodb,
  ses: endpoints.ses,
  states: endpoints.stepFunctions,
  lambda: endpoints.lambda,
  sqs: endpoints.sqs,
  events: endpoints.eventBridge,
  ...(endpoints.ecs === undefined ? {} : { ecs: endpoints.ecs }),
});

/**
 * Starts the whole stack on loopback with an app deployed to it: S3, DynamoDB, SES, SQS, EventBridge, Step Functions, Lambda,
 * ECS and the API as real servers that real SDK clients and the AWS CLI talk to; functions bundled as they would be deployed,
 * in processes of their own. Where the environment names an endpoint (`AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, …), that is used instead.
 *
 * @example
 * const stack = await startLocalStack(app);
 * await stack.upload('input/orders.csv', 'sample/orders.csv');
 * const { status } = await stack.executions.waitFor((e) => e.status !== 'RUNNING', AbortSignal.timeout(60_000));
 * await stack.close();
 */
export const startLocalStack = async (app: LocalApp, options: LocalStackOptions = {}): Promise<LocalStack> => {
  const { signal } = options;
  const closer = createCloser();
  const executions = createExecutionBook();
  const triggers = createTriggers(app, executions, options);
  try {
    signal?.throwIfAborted();
    const { template } = app;
    const access =
      template === undefined
        ? undefined
        : createStackAccess(
            template,
            {
              ...{ region, accountId },
              machineOfToken: (token) => services.machineOfToken(token),
              isTagged: async (Bucket, Key, VersionId) => {
                const tagging = new GetObjectTaggingCommand({ Bucket, Key, VersionId });
                return ((await services.clients.s3.send(tagging)).TagSet ?? []).length > 0;
              },
              rolesOfTask: (family) => template.tasks.find((task) => task.family === family)?.roleArns ?? [],
            },
            options.onAccess ?? (() => {}),
          );
    const tasksSee = ({ taskRoleArn }: TaskDefinition): Readonly<Record<string, string>> =>
      access === undefined ? environmentOf(services) : access.environmentOf(taskRoleArn ?? '');
    const services: Services = await startServices(app, options, triggers, tasksSee, closer, access);
    const others = Object.keys(services.outside);
    if (access !== undefined && others.length > 0)
      throw new Error(`a template runs on stand-ins, which know its keys; the environment names ${others.join(', ')}`);
    await access?.open(gatedServices(services), closer);
    closer.add(triggers);
    signal?.throwIfAborted();
    const { stateMachineArn, replayMachineArn, environment } =
      access === undefined
        ? await deployApp(app, services, triggers, closer, signal)
        : await deployTemplate(app, services, access, triggers, closer, signal);
    triggers.connect({
      ...services,
      lettersOf(functionName) {
        const fn = template?.functions.find(({ name }) => name === functionName);
        if (fn?.deadLetters === undefined || access === undefined) return undefined;
        return { client: access.sqsOf(fn.roleArn), queue: fn.deadLetters };
      },
    });
    const { endpoints, clients, outside, lambda, ses, queues } = services;
    const stack: LocalStack = {
      app,
      stateMachineArn,
      replayMachineArn,
      endpoints,
      outside,
      inboxUrl: ses?.inboxUrl,
      environment,
      clients,
      executions,
      lambda,
      queueUrl: queues.queueUrl,
      roles: access?.roles,
      async redeploy(other, names) {
        if (access === undefined) return registerAppFunctions(other, services, names);
        const functions = other.template?.functions.filter(({ name }) => names.includes(name)) ?? [];
        await registerFunctions(other.template!, functions, services, access);
      },
      mails: async () => (await ses?.messages()) ?? [],
      upload: async (key, body, uploading) => {
        const object = await uploadObject(clients.s3, { bucket: app.bucket, key }, body, uploading);
        if (outside.s3 !== undefined) triggers.onUpload(object);
        return object;
      },
      close: () => closer.close(),
    };
    signal?.throwIfAborted();
    await app.seed?.(stack);
    signal?.throwIfAborted();
    return stack;
  } catch (error) {
    await closer.close().catch(() => {}); // the first failure is the one to tell
    throw error;
  }
};
