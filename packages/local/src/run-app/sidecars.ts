import { issueExamples } from '@pipeline/merge';

/** Rejected rows that show each issue, for the page of the batch. */
export const examples = issueExamples();
