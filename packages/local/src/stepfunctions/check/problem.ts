/** What is wrong with a definition, in the form of ValidateStateMachineDefinition's diagnostics. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly location: string;
}

/** Collects problems. */
export type Report = (message: string, location: string, code?: string) => void;

/** The code AWS gives to almost everything it finds in a definition. */
export const SCHEMA = 'SCHEMA_VALIDATION_FAILED';

/** The code for what AWS runs and this stand-in does not. */
export const UNSUPPORTED = 'NOT_SUPPORTED_LOCALLY';
