import {
  type AccessRequest,
  type CallPlace,
  type PolicyDocument,
  type PolicyGate,
  startPolicyGate,
} from '@pipeline/local';
import { type EndpointVariable, endpointVariables } from '../../../../packages/local/test/e2e/support/service-calls.ts';

/** Fronts of all services for every function, each with the function's own policy. */
export interface Gates {
  /** Addresses for one function, for its environment. */
  endpointsOf(name: string): Readonly<Record<string, string>>;
  /** Says where the services are. */
  leadTo(endpoints: Readonly<Record<string, string>>): void;
  /** Sets another policy for a function. */
  grant(name: string, policies: readonly PolicyDocument[]): void;
  /** What each function asked for so far. */
  readonly asked: Readonly<Record<string, readonly AccessRequest[]>>;
  /** What was refused so far. */
  readonly refused: readonly string[];
  close(): Promise<void>;
}

export const openGates = async (
  policies: Readonly<Record<string, readonly PolicyDocument[]>>,
  place: CallPlace,
): Promise<Gates> => {
  const granted = new Map(Object.entries(policies));
  const asked: Record<string, AccessRequest[]> = {};
  const refused: string[] = [];
  const endpoints = new Map<string, Record<string, string>>();
  const gates: PolicyGate[] = [];
  let targets: Readonly<Record<string, string>> = {};
  for (const name of granted.keys()) {
    asked[name] = [];
    const own: Record<string, string> = {};
    for (const variable of Object.keys(endpointVariables) as EndpointVariable[]) {
      const gate = await startPolicyGate({
        service: endpointVariables[variable],
        target: () => targets[variable]!,
        policies: () => granted.get(name)!,
        place,
        onCall: (requests, without) => {
          asked[name]!.push(...requests);
          refused.push(...without.map(({ action, resource }) => `${name} ${action} ${resource}`));
        },
      });
      gates.push(gate);
      own[variable] = gate.endpoint;
    }
    endpoints.set(name, own);
  }
  return {
    endpointsOf: (name) => endpoints.get(name) ?? {},
    leadTo: (addresses) => {
      targets = addresses;
    },
    grant: (name, documents) => granted.set(name, documents),
    asked,
    refused,
    close: async () => {
      await Promise.all(gates.map((gate) => gate.close()));
    },
  };
};
