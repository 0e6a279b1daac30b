export { type LocalSes, type SentMail, type StartSesOptions, startSes } from './start-ses.ts';
