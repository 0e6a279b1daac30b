import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ListObjectVersionsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import { drain } from '../../../../../packages/local/test/e2e/support/queues.ts';
import { startTestStack } from '../../../../../packages/local/test/e2e/support/test-stack.ts';
import type { Scenario } from './scenario.ts';

/** Asynchronous calls that fail each time wait among the dead letters. */
export const letters: Scenario = async (trial) => {
  const { stack, app } = trial;
  const plan = app.template!;
  const names = plan.functions.filter(({ deadLetters }) => deadLetters !== undefined).map(({ name }) => name);
  const functions = plan.functions.map((one) => ({ ...one, handler: 'nothing' }));
  await stack.redeploy({ ...app, template: { ...plan, functions } }, names);
  try {
    for (const name of names) await stack.invokeLater(name, { letter: name });
    const found = new Set<string>();
    await trial.patient(async () => {
      for (const { Body = '' } of await drain(stack, 'orders-dead-letters'))
        found.add((JSON.parse(Body) as { letter: string }).letter);
      return found.size === names.length ? true : undefined;
    }, 'every dead letter');
  } finally {
    await stack.redeploy(app, names);
  }
};

/** What CloudFormation calls when the stack is deleted: the buckets are empty afterwards. */
export const emptied: Scenario = async (trial) => {
  const { stack, app } = trial;
  const { s3 } = stack.clients;
  const answers: { readonly Status: string; readonly Reason: string }[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (piece) => {
      text += piece;
    });
    request.on('end', () => {
      // As an address that is signed for a request without a content type.
      if (request.headers['content-type'] === undefined) answers.push(JSON.parse(text));
      else response.writeHead(403);
      response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const ResponseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const { name } = app.template!.functions.find((one) => /EmptyBuckets/.test(one.name))!;
    for (const { name: BucketName } of app.template!.buckets) {
      for (const version of ['1', '2'])
        await s3.send(new PutObjectCommand({ Bucket: BucketName, Key: 'left', Body: version }));
      await stack.invoke(name, {
        ...{ RequestType: 'Delete', ResponseURL, StackId: 's', RequestId: 'r', LogicalResourceId: 'l' },
        ResourceProperties: { BucketName },
      });
      const { Versions = [], DeleteMarkers = [] } = await s3.send(
        new ListObjectVersionsCommand({ Bucket: BucketName }),
      );
      expect([BucketName, answers.at(-1)?.Status, Versions.length + DeleteMarkers.length]).toEqual([
        BucketName,
        'SUCCESS',
        0,
      ]);
    }
  } finally {
    server.close();
  }
};

/** The stack starts: Lambda may take the messages of its queues. */
export const started: Scenario = async (trial) => {
  const { stack, app } = trial;
  const roles = app.template!.roles.map((role) => ({ ...role, policies: stack.roles!.policiesOf(role.name) }));
  const other = await startTestStack({ ...app, template: { ...app.template!, roles } }, trial.hear);
  await other.close();
};
