import { string } from '../../../schema/field.ts'
import { typeMeta } from '../../../schema/resource.ts'
import { message } from './group.ts'

export class PodProxyOptions extends message('Query options for proxying to a Pod.', {
  ...typeMeta,
  path: string(1, 'URL path to request from the Pod.'),
}) {}
