import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../../apimachinery/names.ts'
import { configMapKeyProblems, envVarNameProblems } from '../../../apimachinery/value-rules.ts'
import { invalid, type FieldError } from '../../../schema/field-error.ts'
import {
  eachAt,
  NONE,
  optionalName,
  problemsAt,
  requiredName,
  requiredText,
} from '../../validation/rules.ts'
import type { EnvFromSource, EnvVar, EnvVarSource, FileKeySelector } from './env.ts'
import { validateNoBacksteps } from './volume-paths.ts'
import { validateFieldSelector, validateResourceFieldSelector } from './volume-source-validation.ts'

const ENV_FIELDS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
]

/** Checks the environment variables of a container. */
export function validateEnv(env: readonly EnvVar[] | undefined, path: string): FieldError[] {
  return eachAt(env, path, ({ name, value = '', valueFrom }, at) => [
    ...requiredName(name, `${at}.name`, envVarNameProblems),
    ...(valueFrom ? validateValueFrom(valueFrom, value, `${at}.valueFrom`) : NONE),
  ])
}

const NO_SOURCE =
  'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`'

function validateValueFrom(source: EnvVarSource, value: string, path: string): FieldError[] {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = source
  const problem = sourceProblem(Object.keys(source).length, value)
  return [
    ...(fieldRef ? validateFieldSelector(fieldRef, ENV_FIELDS, `${path}.fieldRef`) : NONE),
    ...(resourceFieldRef
      ? validateResourceFieldSelector(resourceFieldRef, `${path}.resourceFieldRef`, false)
      : NONE),
    ...(configMapKeyRef ? validateKey(configMapKeyRef, `${path}.configMapKeyRef`) : NONE),
    ...(secretKeyRef ? validateKey(secretKeyRef, `${path}.secretKeyRef`) : NONE),
    ...(fileKeyRef ? validateFileKey(fileKeyRef, `${path}.fileKeyRef`) : NONE),
    ...(problem === undefined ? NONE : [invalid(path, '', problem)]),
  ]
}

function sourceProblem(sources: number, value: string): string | undefined {
  if (sources === 0) return NO_SOURCE
  if (value !== '') return 'may not be specified when `value` is not empty'
  return sources > 1 ? 'may not have more than one field specified at a time' : undefined
}

function validateKey(
  { name = '', key }: { readonly name?: string; readonly key: string },
  path: string,
): FieldError[] {
  return [
    ...problemsAt(`${path}.name`, name, dns1123SubdomainProblems(name)),
    ...requiredName(key, `${path}.key`, configMapKeyProblems),
  ]
}

function validateFileKey({ volumeName, path: file, key }: FileKeySelector, path: string) {
  return [
    ...requiredName(key, `${path}.key`, envVarNameProblems),
    ...requiredName(volumeName, `${path}.volumeName`, dns1123LabelProblems),
    ...requiredText(file, `${path}.path`),
    ...validateNoBacksteps(file, `${path}.path`),
  ]
}

/** Checks the ConfigMaps and Secrets whose keys all become variables. Some errors name the list, as upstream has it. */
export function validateEnvFrom(
  sources: readonly EnvFromSource[] | undefined,
  path: string,
): FieldError[] {
  return eachAt(sources, path, ({ prefix, configMapRef, secretRef }, at) => [
    ...optionalName(prefix, `${at}.prefix`, envVarNameProblems),
    ...(configMapRef ? validateReference(configMapRef.name, `${at}.configMapRef.name`) : NONE),
    ...(secretRef ? validateReference(secretRef.name, `${at}.secretRef.name`) : NONE),
    ...(!configMapRef && !secretRef
      ? [invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`')]
      : NONE),
    ...(configMapRef && secretRef
      ? [invalid(path, '', 'may not have more than one field specified at a time')]
      : NONE),
  ])
}

function validateReference(name: string | undefined, path: string): FieldError[] {
  // Upstream takes the name for a prefix here, so a dash may end it.
  return requiredName(name, path, (value) =>
    dns1123SubdomainProblems(value.length > 1 ? value.replace(/.-$/, 'a') : value),
  )
}
