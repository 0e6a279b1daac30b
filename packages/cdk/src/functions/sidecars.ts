import { issueExamples } from '@pipeline/merge';
import { columnProfiles, profileReducer } from '@pipeline/validate/profile';

/** Rejected rows that show each issue, without what is in them. */
const examples = issueExamples();

/** What workers gather beside the rows, for the page of the batch ... */
export const sidecars = [examples.collector, columnProfiles()];

/** ... and what becomes of it over all chunks. */
export const reducers = [examples.reducer, profileReducer];
