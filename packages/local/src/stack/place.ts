/** Where the local stack says that it is. */
export const region = 'us-east-1';
export const accountId = '000000000000';
