/** What each of the 14 columns of an order must be: patterns, formats, lists, lengths, ranges. */
export const orderSchema = {
  type: 'object',
  required: [
    ...['orderId', 'customerId', 'customer', 'email', 'country', 'city', 'orderedAt', 'status', 'sku', 'quantity'],
    ...['unitPrice', 'discount', 'currency'],
  ],
  properties: {
    orderId: { type: 'string', pattern: '^ORD-[0-9]{9}$' },
    customerId: { type: 'string', pattern: '^C[0-9]{7}$' },
    customer: { type: 'string', minLength: 1, maxLength: 80 },
    email: { type: 'string', format: 'email' },
    country: { type: 'string', enum: ['DE', 'FR', 'PT', 'PL', 'AT', 'IE', 'NO', 'CZ', 'IT', 'ES'] },
    city: { type: 'string', minLength: 1, maxLength: 40 },
    orderedAt: { type: 'string', format: 'date-time' },
    status: { type: 'string', enum: ['new', 'paid', 'packed', 'shipped', 'delivered', 'returned'] },
    sku: { type: 'string', pattern: '^SKU-[0-9]{6}$' },
    quantity: { type: 'integer', minimum: 1, maximum: 1000 },
    unitPrice: { type: 'number', minimum: 0, maximum: 100_000 },
    discount: { type: 'number', minimum: 0, maximum: 1 },
    currency: { type: 'string', enum: ['EUR', 'USD', 'GBP'] },
    note: { type: 'string', maxLength: 200 },
  },
} as const;

/** One order, typed. */
export interface Order {
  readonly orderId: string;
  readonly country: string;
  readonly quantity: number;
  readonly unitPrice: number;
  readonly discount: number;
}
