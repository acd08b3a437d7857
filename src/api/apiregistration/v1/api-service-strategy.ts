import { timestamp } from '../../../base/clock.ts'
import { quote } from '../../../apimachinery/go-format.ts'
import {
  dns1035LabelProblems,
  dns1123SubdomainProblems,
  pathSegmentProblems,
} from '../../../apimachinery/names.ts'
import { portNumberProblems } from '../../../apimachinery/value-rules.ts'
import { invalid, required, type FieldError } from '../../../schema/field-error.ts'
import { changeField, withField } from '../../change.ts'
import { statusPreparation, statusStrategy } from '../../spec-and-status.ts'
import type { Strategy } from '../../strategy.ts'
import { NONE, optionalName, problemsAt } from '../../validation/rules.ts'
import { validateCaBundle } from '../../validation/webhook-client.ts'
import { APIService, type APIServiceSpec, type ServiceReference } from './api-service.ts'

const GROUP_PRIORITY_MAX = 20_000
const VERSION_PRIORITY_MAX = 1000

/** The rules of APIServices (kube-aggregator's pkg/registry/apiservice/strategy.go). */
export const apiServiceStrategy: Strategy<APIService> = {
  applyDefaults: (object) =>
    changeField(object, 'spec', (spec) =>
      changeField(spec, 'service', (service) => withField(service, 'port', service.port ?? 443)),
    ),
  prepareForCreate: (object, { clock }) =>
    withField(
      object,
      'status',
      object.spec.service ? {} : { conditions: [local(timestamp(clock))] },
    ),
  prepareForUpdate: statusPreparation(APIService).prepareForUpdate,
  validateCreate: validateApiService,
  validateUpdate: validateApiService,
  validateName: pathSegmentProblems,
  status: statusStrategy(),
  allowUnconditionalUpdate: false,
}

function local(lastTransitionTime: string) {
  return {
    type: 'Available',
    status: 'True',
    lastTransitionTime,
    reason: 'Local',
    message: 'Local APIServices are always available',
  }
}

function validateApiService({ metadata: { name }, spec }: APIService): FieldError[] {
  const { group = '', version = '' } = spec
  const expected = `${version}.${group}`
  const text = `must be \`spec.version+"."+spec.group\`: ${quote(expected)}`
  return [
    ...(name === expected ? NONE : [invalid('metadata.name', name, text)]),
    ...(group || version === 'v1'
      ? NONE
      : [required('spec.group', 'only v1 may have an empty group and it better be legacy kube')]),
    ...optionalName(group, 'spec.group', dns1123SubdomainProblems),
    ...problemsAt('spec.version', version, dns1035LabelProblems(version)),
    ...validatePriority(spec, 'groupPriorityMinimum', GROUP_PRIORITY_MAX),
    ...validatePriority(spec, 'versionPriority', VERSION_PRIORITY_MAX),
    ...(spec.service ? validateRemote(spec, spec.service) : validateLocal(spec)),
  ]
}

function validatePriority(
  spec: APIServiceSpec,
  field: 'groupPriorityMinimum' | 'versionPriority',
  max: number,
): FieldError[] {
  const value = spec[field]
  const text = `must be positive and less than ${max}`
  return value <= 0 || value > max ? [invalid(`spec.${field}`, value, text)] : NONE
}

function validateLocal({ caBundle, insecureSkipTLSVerify }: APIServiceSpec): FieldError[] {
  const bytes = caBundle ? Uint8Array.fromBase64(caBundle).length : 0
  return [
    ...(bytes > 0
      ? [invalid('spec.caBundle', `${bytes} bytes`, 'local APIServices may not have a caBundle')]
      : NONE),
    ...(insecureSkipTLSVerify
      ? [
          invalid(
            'spec.insecureSkipTLSVerify',
            true,
            'local APIServices may not have insecureSkipTLSVerify',
          ),
        ]
      : NONE),
  ]
}

function validateRemote(spec: APIServiceSpec, { namespace, name, port = 0 }: ServiceReference) {
  const { caBundle, insecureSkipTLSVerify } = spec
  const problems = portNumberProblems(port)
  return [
    ...(namespace ? NONE : [required('spec.service.namespace')]),
    ...(name ? NONE : [required('spec.service.name')]),
    ...(problems.length > 0
      ? [invalid('spec.service.port', port, `port is not valid: ${problems.join(', ')}`)]
      : NONE),
    ...(insecureSkipTLSVerify && caBundle
      ? [invalid('spec.insecureSkipTLSVerify', true, 'may not be true if caBundle is present')]
      : NONE),
    ...validateCaBundle(caBundle, 'spec.caBundle'),
  ]
}
