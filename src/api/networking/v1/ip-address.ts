import { ref, string } from '../../../schema/field.ts'
import { message, resource } from './group.ts'

export class ParentReference extends message('Points at the object that owns an IP address.', {
  group: string(
    1,
    'API group of the object that the address is given to. Empty for the core group.',
  ),
  resource: string(2, 'Resource of the object, such as services.').requiredDropped(),
  namespace: string(
    3,
    'Namespace of the object that the address is given to. Empty for cluster scope.',
  ),
  name: string(4, 'Name of the object that the address is given to.').requiredDropped(),
}) {}

export class IPAddressSpec extends message('Who owns an IP address.', {
  parentRef: ref(
    ParentReference,
    1,
    'The object that the address is given to, such as a Service. Required.',
  ).requiredPointer(),
}) {}

export class IPAddress extends resource(
  'Reserves one IP address for an object, usually a Service. Its name is the address itself.',
  { plural: 'ipaddresses', shortNames: ['ip'], namespaced: false },
  {
    spec: ref(IPAddressSpec, 2, 'The object that the address is given to.').required(),
  },
) {}
