import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { AttributeType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deploymentVariable, readDeployment } from '../src/functions/deployment.ts';
import type { Bundler, CsvPipelineProps } from '../src/index.ts';
import { expectDeadLetters, expectLeastPrivilege } from './expectations.ts';
import { allFunctions, allowed, makePipeline, noBundles, ofType, resourcesOf, synthMs } from './helpers.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'own-functions-'));
}, synthMs);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const mail = { identity: 'example.com', sender: 'pipeline@example.com', recipients: ['team@example.com'] };
const least = { functions: {}, mail } satisfies Partial<CsvPipelineProps>;
const schema = { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] } as const;

/** Bundles nothing, and keeps what it was asked to bundle. */
const keeping = () => {
  const asked: Record<string, string> = {};
  const bundler: Bundler = (entries) => {
    Object.assign(asked, entries);
    return noBundles(entries);
  };
  return { asked, bundler };
};
const deploymentOf = (resources: ReturnType<typeof resourcesOf>, part: string) => {
  const [, { properties }] = ofType(resources, 'AWS::Lambda::Function').find(([id]) => id.includes(part))!;
  const { Variables } = properties.Environment as { Variables: Record<string, string> };
  return { variables: Variables, deployment: readDeployment(Variables) };
};

describe('a pipeline without functions of the user’s', () => {
  it('has its own, with scans and replays, and they are told where everything is', () => {
    const { asked, bundler } = keeping();
    const resources = resourcesOf(
      makePipeline({
        ...least,
        bundler,
        settings: { delimiter: ';', chunkRows: 5 },
        suffix: '.txt',
        eventSource: 'orders',
      }),
    );
    expect(Object.keys(asked).sort()).toEqual([...Object.keys(allFunctions), 'emptyBuckets'].sort());
    const { deployment, variables } = deploymentOf(resources, 'IntakeFunction');
    expect(deployment).toMatchObject({
      locations: {
        input: { bucket: expect.stringContaining('DataBucket'), prefix: 'input/' },
        rejects: { prefix: 'results/' },
      },
      account: '000000000000',
      suffix: '.txt',
      settings: { delimiter: ';', chunkRows: 5 },
      rejectTable: expect.stringContaining('Rejects'),
      mail: {
        ...{ sender: 'pipeline@example.com', recipients: ['team@example.com'] },
        identityArn: 'arn:aws:ses:us-east-1:000000000000:identity/example.com',
      },
      events: { source: 'orders' },
      lookups: [],
    });
    expect(variables).toMatchObject({
      STATE_MACHINE_ARN: expect.stringMatching(/-batches$/),
      REPLAY_MACHINE_ARN: expect.stringMatching(/-replays$/),
    });
    const bytes = Object.entries(variables).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
    expect(bytes).toBeLessThan(3000); // a function has 4 KB
    expectDeadLetters(resources);
    expectLeastPrivilege(resources);
  });

  it('holds rows against a schema, given as it is or by its path, compiled', () => {
    const file = path.join(folder, 'row.schema.json');
    writeFileSync(file, JSON.stringify(schema));
    for (const given of [schema, file]) {
      const { asked, bundler } = keeping();
      makePipeline({ ...least, bundler, schema: given });
      expect(readFileSync(asked.process!, 'utf8')).toContain("import { rule } from './rule.mjs'");
      const rule = readFileSync(path.join(path.dirname(asked.process!), 'rule.mjs'), 'utf8');
      expect(rule).toMatch(/^import \{ [^}]+ \} from "\/.*rule-runtime\.ts";$/m);
    }
    expect(() => makePipeline({ ...least, schema: { type: 'string' } })).toThrow(/RULE_INVALID/);
  });

  it('looks rows up in tables, which their stage may read and nobody else', () => {
    const made = makePipeline((stack) => {
      const key = new Key(stack, 'Key', { enableKeyRotation: true });
      const prices = new Table(stack, 'Prices', { partitionKey: { name: 'id', type: AttributeType.STRING } });
      const agents = new Table(stack, 'Agents', {
        ...{ partitionKey: { name: 'no', type: AttributeType.NUMBER }, encryptionKey: key },
        encryption: TableEncryption.CUSTOMER_MANAGED,
      });
      return {
        ...least,
        lookups: {
          prices: { table: prices, column: 'item', keyAttribute: 'id', columns: { Price: 'price' } },
          agents: {
            ...{ table: agents, column: 'agent', keyAttribute: 'no', keyType: 'N', columns: { Agent: 'name' } },
            onMissing: 'null',
          },
        },
      };
    });
    const resources = resourcesOf(made);
    expect(deploymentOf(resources, 'ProcessFunction').deployment.lookups).toEqual([
      {
        ...{ name: 'prices', tableName: expect.stringContaining('Prices'), column: 'item', keyAttribute: 'id' },
        ...{ keyType: 'S', columns: { Price: 'price' }, onMissing: 'reject' },
      },
      {
        ...{ name: 'agents', tableName: expect.stringContaining('Agents'), column: 'agent', keyAttribute: 'no' },
        ...{ keyType: 'N', columns: { Agent: 'name' }, onMissing: 'null' },
      },
    ]);
    const readers = allowed(resources).filter(({ actions }) => actions.includes('dynamodb:BatchGetItem'));
    const who = new Set(readers.map(({ id }) => id.replace(/^Pipeline|RoleDefaultPolicy.*/g, '')));
    expect([...who]).toEqual(['Process', 'Replay']);
    expect(readers.flatMap(({ on }) => on).map((arn) => /Prices|Agents/.exec(arn)?.[0])).toEqual([
      'Prices',
      'Agents',
      'Prices',
      'Agents',
    ]);
  });

  it('tells addresses of failures and alarms, with dead letters for what does not arrive', () => {
    const made = makePipeline({ ...least, alertAddresses: ['ops@example.com'] });
    Template.fromStack(made.stack).hasResourceProperties('AWS::SNS::Subscription', {
      ...{ Protocol: 'email', Endpoint: 'ops@example.com' },
    });
    expectDeadLetters(resourcesOf(made));
  });
});

describe('functions of the user’s beside the pipeline’s own', () => {
  const process = { entry: '/app/process.ts' };

  it('take the place of those that they are named for; without a replay there is none', () => {
    const { asked, bundler } = keeping();
    const resources = resourcesOf(makePipeline({ functions: { process }, mail, bundler }));
    expect(asked.process).toBe('/app/process.ts');
    expect([Object.keys(asked).includes('replay'), Object.keys(asked).includes('scan')]).toEqual([false, true]);
    const told = (part: string) => deploymentVariable in deploymentOf(resources, part).variables;
    expect([told('IntakeFunction')]).toEqual([true]);
    expect(
      ofType(resources, 'AWS::Lambda::Function').find(([id]) => id.includes('ProcessFunction'))![1].properties
        .Environment,
    ).not.toMatchObject({ Variables: { [deploymentVariable]: expect.anything() } });
  });

  it('have their sizes set without an entry', () => {
    const resources = resourcesOf(makePipeline({ functions: { split: { memoryMb: 3008 }, queue: {} }, mail }));
    const memoryOf = (part: string) =>
      ofType(resources, 'AWS::Lambda::Function').find(([id]) => id.includes(part))![1].properties.MemorySize;
    expect([memoryOf('SplitFunction'), memoryOf('QueueFunction')]).toEqual([3008, 1769]);
  });

  it.each<[string, Partial<CsvPipelineProps>, RegExp]>([
    [
      'a replay of its own, which would do other work',
      { functions: { process, replay: {} } },
      /functions\.replay\.entry/,
    ],
    ['a queue of its own', { functions: { process, queue: {} } }, /functions\.queue\.entry/],
    ['a process function of its own', { functions: { replay: process } }, /functions\.process\.entry/],
    ['a schema that nobody holds rows against', { functions: { process }, schema }, /schema/],
    ['rows that nobody compares', { functions: {}, unique: true }, /unique/],
    ['look-ups that nobody makes', { functions: { process }, lookups: {} }, /lookups/],
  ])('do not go with %s', (_, props, reason) => {
    expect(() => makePipeline({ mail, ...props })).toThrow(reason);
  });

  it('send the mails, or say who gets them', () => {
    const { recipients: _, ...nobody } = mail;
    expect(() => makePipeline({ functions: {}, mail: nobody })).toThrow(/mail\.recipients/);
    expect(() => makePipeline({ mail: nobody })).not.toThrow();
  });
});
