import { ref } from '../../../schema/field.ts'
import { HTTPIngressRuleValue } from './ingress.ts'
import { message } from './group.ts'

export class IngressRuleValue extends message('The rules that apply to a matched host.', {
  http: ref(HTTPIngressRuleValue, 1, 'The HTTP paths and their backends.'),
}) {}
