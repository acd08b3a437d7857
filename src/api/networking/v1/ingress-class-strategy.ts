import { dns1123LabelProblems } from '../../../apimachinery/names.ts'
import {
  forbidden,
  required,
  tooLong,
  unsupported,
  type FieldError,
} from '../../../schema/field-error.ts'
import { preparation } from '../../spec-and-status.ts'
import type { Strategy } from '../../strategy.ts'
import { validateDomainPrefixedPath } from '../../validation/domain-prefixed-path.ts'
import { ifSet, immutable, NONE, problemsAt } from '../../validation/rules.ts'
import { IngressClass, type IngressClassParametersReference } from './ingress-class.ts'
import { validateReference } from './ingress-strategy.ts'

const CONTROLLER_MAX = 250
const SCOPES = ['Cluster', 'Namespace']

/** The rules of IngressClasses (pkg/registry/networking/ingressclass/strategy.go). */
export const ingressClassStrategy: Strategy<IngressClass> = {
  ...preparation(IngressClass),
  validateCreate: validateClass,
  validateUpdate: (object, old) => [
    ...immutable(object.spec.controller ?? '', old.spec.controller ?? '', 'spec.controller'),
    ...validateClass(object),
  ],
}

function validateClass({ spec: { controller = '', parameters } }: IngressClass): FieldError[] {
  return [
    ...(controller.length > CONTROLLER_MAX ? [tooLong('spec.controller', CONTROLLER_MAX)] : NONE),
    ...validateDomainPrefixedPath(controller, 'spec.controller'),
    ...ifSet(parameters, (reference) => validateParameters(reference, 'spec.parameters')),
  ]
}

function validateParameters(
  reference: IngressClassParametersReference,
  path: string,
): FieldError[] {
  return [...validateReference(reference, path), ...validateScope(reference, path)]
}

function validateScope(
  { scope, namespace }: IngressClassParametersReference,
  path: string,
): FieldError[] {
  const at = `${path}.namespace`
  if (!SCOPES.includes(scope)) return [unsupported(`${path}.scope`, scope, SCOPES)]
  if (scope === 'Cluster')
    return namespace === undefined
      ? NONE
      : [forbidden(at, "`parameters.scope` is set to 'Cluster'")]
  return namespace === undefined
    ? [required(at, "`parameters.scope` is set to 'Namespace'")]
    : problemsAt(at, namespace, dns1123LabelProblems(namespace))
}
