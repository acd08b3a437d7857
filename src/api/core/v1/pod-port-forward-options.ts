import { listOf } from '../../../schema/field.ts'
import { typeMeta } from '../../../schema/resource.ts'
import { message } from './group.ts'

export class PodPortForwardOptions extends message('Query options for forwarding ports to a Pod.', {
  ...typeMeta,
  ports: listOf('int32', 1, 'Ports to forward. Needed over WebSockets.').atomic(),
}) {}
