// What the snippets take for granted.
import type { ObjectStore } from '@pipeline/core';
import type { MakeLink, Notifier } from '@pipeline/handlers';

export interface Order {
  readonly id: string;
  readonly customerId: string;
}

export interface Customer {
  readonly tier: string;
}

export const orderSchema = {
  type: 'object',
  required: ['id', 'customerId'],
  properties: { id: { type: 'string', pattern: '^[0-9]+$' }, customerId: { type: 'string', minLength: 1 } },
};

const tiers: ReadonlyMap<string, Customer> = new Map([['c1', { tier: 'gold' }]]);

export const fetchCustomers = async (ids: readonly string[]): Promise<ReadonlyMap<string, Customer>> =>
  new Map([...tiers].filter(([id]) => ids.includes(id)));

export const sent: string[] = [];

export const notifier: Notifier = {
  send: async (mail) => {
    sent.push(mail.text);
    return { messageId: String(sent.length) };
  },
};

export const link: MakeLink = async (ref, clock) => ({
  url: `https://example.com/${ref.key}`,
  expiresAt: clock.now() + 3_600_000,
  certain: true,
});

export const upload = (store: ObjectStore) =>
  store.write({ bucket: 'orders', key: 'input/orders.csv' }, Buffer.from('id,customerId\n1,c1\n2,c9\nx,c1\n'));
