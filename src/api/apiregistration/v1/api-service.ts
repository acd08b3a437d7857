import { bool, bytes, int32, listOf, ref, string, time } from '../../../schema/field.ts'
import { message, resource } from './group.ts'

export class ServiceReference extends message('Points at a Service that the API server calls.', {
  namespace: string(1, 'Namespace of the Service to call.'),
  name: string(2, 'Name of the Service to call.'),
  port: int32(3, 'Port of the Service, from 1 to 65535. Defaults to 443.').pointer(),
}) {}

export class APIServiceSpec extends message('What an APIService registers.', {
  service: ref(
    ServiceReference,
    1,
    'The Service of the extension API server. When unset, this API server handles the version itself.',
  ),
  group: string(2, 'API group that is served, such as metrics.k8s.io.'),
  version: string(3, 'API version served, such as v1.'),
  insecureSkipTLSVerify: bool(
    4,
    'When true, the certificate of the server is not verified. Discouraged; excludes caBundle.',
  ),
  caBundle: bytes(
    5,
    'PEM certificates used to verify the server. Defaults to the system roots.',
  ).atomic(),
  groupPriorityMinimum: int32(
    7,
    'Least priority of the API group; higher groups are preferred by clients. From 1 to 20000.',
  ).required(),
  versionPriority: int32(
    8,
    'Order of this version within its group; higher ones come first. From 1 to 1000.',
  ).required(),
}) {}

export class APIServiceCondition extends message(
  'One observed aspect of the state of an APIService.',
  {
    type: string(1, 'The aspect reported, such as Available.').required(),
    status: string(2, 'Whether the condition holds: True, False or Unknown.').required(),
    lastTransitionTime: time(3, 'When the status of this condition last changed.'),
    reason: string(4, 'Machine-readable word for why the status last changed.'),
    message: string(5, 'Human-readable details about the last change.'),
  },
) {}

export class APIServiceStatus extends message('The observed state of an APIService.', {
  conditions: listOf(APIServiceCondition, 1, 'The latest observed conditions of the APIService.')
    .mapKeys('type')
    .patch('merge', 'type'),
}) {}

export class APIService extends resource(
  'Registers an API group and version with the aggregator, local or served by another server.',
  {
    plural: 'apiservices',
    categories: ['api-extensions'],
    namespaced: false,
    subresources: ['status'],
  },
  {
    spec: ref(
      APIServiceSpec,
      2,
      'The group and version served, how it ranks among others, and the Service that serves it.',
    ).written(),
    status: ref(APIServiceStatus, 3, 'Whether the group and version can be reached now.').written(),
  },
) {}
