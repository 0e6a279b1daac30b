const text = { type: 'string' } as const;
/** An SQS event, of which these fields are used. */
export const queueSchema = {
  type: 'object',
  required: ['Records'],
  properties: {
    Records: {
      type: 'array',
      items: {
        type: 'object',
        required: ['messageId', 'body'],
        properties: { messageId: text, body: text, attributes: { type: 'object' } },
      },
    },
  },
} as const;
