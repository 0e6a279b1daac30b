import { issueExamples } from '@pipeline/merge';

/** Three rejected rows for each issue, with their values, on the page of the batch. */
export const examples = issueExamples({ perIssue: 3, values: 'show' });
