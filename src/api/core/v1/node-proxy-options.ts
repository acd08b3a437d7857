import { string } from '../../../schema/field.ts'
import { typeMeta } from '../../../schema/resource.ts'
import { message } from './group.ts'

export class NodeProxyOptions extends message('Query options for proxying to a node.', {
  ...typeMeta,
  path: string(1, 'URL path to request from the node.'),
}) {}
