import type { Engine } from './engine.ts';

type Place = Pick<Engine, 'region' | 'accountId'>;

/** The ARN of a state machine. */
export function machineArn({ region, accountId }: Place, name: string): string {
  return `arn:aws:states:${region}:${accountId}:stateMachine:${name}`;
}

/** The ARN of an execution; children of a Map Run have `machine/label` as the machine's name. */
export function executionArn({ region, accountId }: Place, machine: string, name: string): string {
  return `arn:aws:states:${region}:${accountId}:execution:${machine}:${name}`;
}

/** The ARN of an Express child execution. */
export function expressArn({ region, accountId }: Place, machine: string, name: string, id: string): string {
  return `arn:aws:states:${region}:${accountId}:express:${machine}:${name}:${id}`;
}

/** The ARN of a Map Run. */
export function mapRunArn({ region, accountId }: Place, machine: string, label: string, id: string): string {
  return `arn:aws:states:${region}:${accountId}:mapRun:${machine}/${label}:${id}`;
}
