import { createCloser } from './closer.ts';
import { deployApp, environmentOf } from './deploy-app.ts';
import { createExecutionBook } from './executions.ts';
import type { LocalApp } from './local-app.ts';
import type { LocalStack, LocalStackOptions } from './local-stack.ts';
import { type Services, startServices } from './services.ts';
import { createTriggers } from './triggers.ts';
import { uploadObject } from './upload.ts';

/**
 * Starts the whole stack on loopback with an app deployed to it: S3, DynamoDB, SES, SQS, EventBridge, Step Functions, Lambda,
 * ECS and the API as
 * real servers that real SDK clients and the AWS CLI talk to; functions bundled as they would be deployed, in processes of
 * their own. Where the environment names an endpoint (`AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, …), that is used instead.
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
    const services: Services = await startServices(app, options, triggers, () => environmentOf(services), closer);
    closer.add(triggers);
    signal?.throwIfAborted();
    const { stateMachineArn, replayMachineArn, environment } = await deployApp(app, services, triggers, closer, signal);
    triggers.connect(services);
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
