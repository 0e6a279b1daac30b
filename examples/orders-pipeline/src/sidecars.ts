import { issueExamples } from '@pipeline/merge';
import { columnProfiles, profileReducer } from '@pipeline/validate/profile';

/** Three rejected rows for each issue, with their values. */
const examples = issueExamples({ perIssue: 3, values: 'show' });

/** What workers gather beside the rows, for the page of the batch ... */
export const sidecars = [examples.collector, columnProfiles()];

/** ... and what becomes of it over all chunks. */
export const reducers = [examples.reducer, profileReducer];
