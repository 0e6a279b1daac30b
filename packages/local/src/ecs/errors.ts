import { ServiceError } from '../aws-json/service-error.ts';

export const clientError = (message: string): ServiceError => new ServiceError('ClientException', message);

export const invalidParameter = (message: string): ServiceError =>
  new ServiceError('InvalidParameterException', message);

export const clusterNotFound = (): ServiceError => new ServiceError('ClusterNotFoundException', 'Cluster not found.');
