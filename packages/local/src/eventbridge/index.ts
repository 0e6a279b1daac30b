export type { DroppedEvent } from './delivery.ts';
export type { BusEvent } from './put-events.ts';
export { type LocalEventBridge, type StartEventBridgeOptions, startEventBridge } from './start-event-bridge.ts';
export type { Deliver, TargetClients } from './targets.ts';
