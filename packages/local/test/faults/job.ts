import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type CsvRecord, compose, type Stage } from '@pipeline/core';
import { enrich, httpLookup } from '@pipeline/enrich';
import { dynamoDbLookup } from '@pipeline/enrich/dynamodb';
import type { BatchSettings } from '@pipeline/handlers';
import { compileRule, validate } from '@pipeline/validate';

/** Text in every row, to be found in no log, mail, error or history. */
export const canary = 'Canary-51d0e7';

/** A batch that is to be run, without faults and with every one. */
export interface Job {
  readonly name: string;
  readonly file: Buffer;
  readonly settings: BatchSettings;
  /** Code of the error that it ends with by itself. @default none: it succeeds */
  readonly failsWith?: string;
  /** Which of its calls are made to fail. @default all */
  readonly only?: RegExp;
}

export const customers = Array.from({ length: 40 }, (_, index) => ({ id: `c${index}`, region: `region ${index % 5}` }));
export const kinds = ['book', 'game', 'tool'];

/** Of 2,000 rows 20 have an amount that is no number, and 5 a customer that nobody knows. */
const orderLine = (row: number): string => {
  const customer = row % 400 === 199 ? 'nobody' : customers[row % customers.length]!.id;
  const amount = row % 100 === 42 ? 'a lot' : `${row}.10`;
  return `${row},${customer},${kinds[row % kinds.length]},${amount},${canary} of ${row}`;
};

const header = 'id,customer,kind,amount,note';

/** The job that is promised about: 2,000 rows, 7 chunks, 25 rejects, two look-ups. */
export const orders: Job = {
  name: 'orders',
  file: Buffer.from(`${[header, ...Array.from({ length: 2000 }, (_, row) => orderLine(row))].join('\r\n')}\r\n`),
  settings: { chunkRows: 300 },
};

/** A chunk that is written in parts and a merge that copies on the server: only their own calls fail here. */
export const large: Job = {
  name: 'large',
  file: Buffer.from(
    [header, ...Array.from({ length: 150 }, (_, row) => `${orderLine(row)} ${'x'.repeat(100_000)}`)].join('\n'),
  ),
  settings: { chunkBytes: 9 * 1024 * 1024 },
  only: /Multipart|UploadPart/,
};

/** A file that nobody can process: what tells people about it has calls of its own. */
export const refused: Job = {
  name: 'refused',
  file: Buffer.from(`id,customer,kind,amount,id\n1,c1,book,1,${canary}\n`),
  settings: {},
  failsWith: 'CSV_BAD_HEADER',
};

export const jobs: readonly Job[] = [orders, large, refused];

const rule = compileRule<CsvRecord>({
  type: 'object',
  required: ['id', 'customer', 'amount'],
  properties: { amount: { type: 'string', pattern: '^[0-9]+[.][0-9]{2}$' } },
});

/** Checks amounts, adds the customer's region from a table and the tax of the kind from a service. */
export const orderStage = (dynamodb: DynamoDBClient, httpEndpoint: string): Stage<CsvRecord, unknown> => {
  const customer = dynamoDbLookup({
    name: 'customers',
    client: dynamodb,
    tableName: 'customers',
    keyAttribute: 'id',
    decode: ({ region }) => String(region),
  });
  const tax = httpLookup({
    name: 'taxes',
    url: `${httpEndpoint}/taxes/{key}`,
    allowPrivateAddresses: true,
    decode: (body) => String((body as { rate: string }).rate),
  });
  return compose(
    validate(rule),
    enrich(customer, {
      key: (row) => row.customer,
      keyColumn: 'customer',
      columns: ['region'],
      assign: (_: CsvRecord, region: string) => ({ region }),
      onMissing: 'reject',
    }),
    enrich(tax, {
      key: (row: CsvRecord) => row.kind,
      keyColumn: 'kind',
      columns: ['tax'],
      assign: (_: CsvRecord, rate: string) => ({ tax: rate }),
      onMissing: 'reject',
    }),
  ) as Stage<CsvRecord, unknown>;
};
