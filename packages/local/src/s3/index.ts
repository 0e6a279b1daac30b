export {
  type EventBridgeS3Event,
  type S3Notification,
  type S3NotificationRecord,
  toEventBridgeEvent,
  toS3Notification,
} from './events.ts';
export { startS3 } from './start.ts';
export type { LocalS3, ObjectEvent, ObjectEventName, S3Credentials, StartS3Options } from './types.ts';
