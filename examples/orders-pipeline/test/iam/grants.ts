import type { AccessRequest, PolicyDocument, TemplatePlan } from '@pipeline/local';
import { evaluate } from '@pipeline/local';

/** One action of one statement of a role's policies. */
export interface Grant {
  readonly role: string;
  /** Which statement of the role, counted over all its documents. */
  readonly statement: number;
  readonly action: string;
  /** What it is granted on, without what all ARNs begin with. */
  readonly on: string;
}

const list = <T>(one: T | readonly T[]): readonly T[] => [one].flat() as readonly T[];

/** What a role can do. */
export const grantsOf = ({ name, policies }: TemplatePlan['roles'][number]): readonly Grant[] =>
  policies
    .flatMap(({ Statement }) => list(Statement))
    .flatMap(({ Action, Resource }, statement) =>
      list(Action).map((action) => ({
        ...{ role: name, statement, action },
        on: list(Resource)
          .map((arn) => arn.replace(/^arn:aws:[a-z0-9-]*:[a-z0-9-]*:\d*:/, ''))
          .join(', '),
      })),
    );

/** How a grant is called in tables, alike in every stack: `Merge s3:PutObject orders/results/*`. */
export const nameOf = ({ role, action, on }: Grant): string =>
  `${role.replace(/^Orders/, '').replace(/Role[0-9A-F]{8}$/, '')} ${action} ${on}`;

/** The policies of a role without one grant. */
export const without = (policies: readonly PolicyDocument[], grant: Grant): readonly PolicyDocument[] => {
  let index = -1;
  return policies.map((document) => ({
    ...document,
    Statement: list(document.Statement).map((statement) => {
      index++;
      if (index !== grant.statement) return statement;
      return { ...statement, Action: list(statement.Action).filter((action) => action !== grant.action) };
    }),
  }));
};

/** Whether any of some calls is granted, and would not be without a grant. */
export const isNeeded = (
  grant: Grant,
  policies: readonly PolicyDocument[],
  asked: readonly AccessRequest[],
): boolean => {
  const rest = without(policies, grant);
  return asked.some((one) => evaluate(rest, one) !== 'allowed' && evaluate(policies, one) === 'allowed');
};

/** What AWS itself calls in a role's name, or from within a container's agent: nothing of that comes by here. */
const ofAws: readonly (readonly [action: RegExp, reason: string])[] = [
  [/^logs:/, 'Lambda, Step Functions and the container agent write logs'],
  [/^xray:/, 'Lambda and Step Functions send traces'],
  [/^ecr:/, 'the container agent fetches the image'],
  [/^ssm:/, 'the container agent reads the settings of a task'],
];

/** Granted for Step Functions, which asks for it beside what it does: the list is of its documentation. */
const ofMapRuns: readonly string[] = [
  ...['states:DescribeExecution', 'states:StopExecution', 'states:RedriveExecution'],
  ...['s3:ListMultipartUploadParts', 's3:AbortMultipartUpload'],
];

/** Why a grant is not tried, if it is not. */
export const exemptionOf = ({ role, action }: Grant): string | undefined => {
  const aws = ofAws.find(([pattern]) => pattern.test(action));
  if (aws !== undefined) return aws[1];
  return /Batches/.test(role) && ofMapRuns.includes(action) ? 'Step Functions asks for it to run a map' : undefined;
};

/** Grants for what is not gone through here, and why. */
export const beyond: Readonly<Record<string, string>> = {
  'Intake s3:GetObject orders/batches/gate/*': 'with replays the intake reads all working files',
  'Archive s3:AbortMultipartUpload orders/input_archive/*': 'uploads above 5 GiB are copied in parts',
  'Failure s3:AbortMultipartUpload orders/failed/*': 'uploads above 5 GiB are copied in parts',
  'Coordinator s3:AbortMultipartUpload orders/input_archive/*': 'uploads above 5 GiB are copied in parts',
  'Coordinator s3:AbortMultipartUpload orders/failed/*': 'uploads above 5 GiB are copied in parts',
  'Coordinator s3:ListMultipartUploadParts orders/results/*': 'a coordinator that was killed while it merged',
  'Worker states:SendTaskHeartbeat': 'tasks of more than five minutes',
  'EmptyBucketsFunction s3:DeleteObject': 'every version has a name here, also those of buckets without versions',
};

/** Why a grant that nothing noticed stays, if there is a reason. */
export const reasonOf = (grant: Grant): string | undefined =>
  Object.entries(beyond).find(([begin]) => nameOf(grant).startsWith(begin))?.[1];
