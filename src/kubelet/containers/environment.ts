import type { ConfigMap } from '../../api/core/v1/config-map.ts'
import type { EnvFromSource, EnvVarSource } from '../../api/core/v1/env.ts'
import type { AnyContainer } from '../../api/core/v1/pod-containers.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { Secret } from '../../api/core/v1/secret.ts'
import { ContainerConfigError } from './config-error.ts'
import { parseEnvFile } from './env-file.ts'
import { expand } from './expansion.ts'
import { containerNamed, podField, resourceField, type Allocatable } from './field-refs.ts'

/** Reads what containers refer to; undefined where there is none. */
export interface References {
  secret(namespace: string, name: string): Promise<Secret | undefined>
  configMap(namespace: string, name: string): Promise<ConfigMap | undefined>
}

export interface EnvironmentContext {
  readonly references: References
  readonly podIPs: readonly string[]
  readonly allocatable: Allocatable
  readonly services: ReadonlyMap<string, string>
  /** Reads a file of one of the Pod's volumes; undefined where there is none. */
  readonly volumeFile: (volume: string, path: string) => Promise<string | undefined>
}

/**
 * The environment of a container: what `envFrom` gives, then `env` in order, with references to earlier variables
 * expanded, and the variables of Services where nothing else has their names. Rejects with a `ContainerConfigError`.
 */
export async function containerEnvironment(
  pod: Pod,
  container: AnyContainer,
  context: EnvironmentContext,
): Promise<ReadonlyMap<string, string>> {
  const variables = new Map<string, string>()
  for (const source of container.envFrom ?? [])
    for (const [key, value] of await allOf(pod, source, context)) variables.set(key, value)
  const lookUp = (name: string): string | undefined =>
    variables.get(name) ?? context.services.get(name)
  for (const { name, value = '', valueFrom } of container.env ?? []) {
    if (!valueFrom) variables.set(name, expand(value, lookUp))
    else {
      const found = await valueOf(pod, container, valueFrom, context)
      if (found !== undefined) variables.set(name, found)
    }
  }
  for (const [name, value] of context.services) if (!variables.has(name)) variables.set(name, value)
  return variables
}

async function allOf(
  { metadata }: Pod,
  { prefix = '', configMapRef, secretRef }: EnvFromSource,
  { references }: EnvironmentContext,
): Promise<(readonly [string, string])[]> {
  const namespace = metadata.namespace
  let data: Readonly<Record<string, string>> = {}
  if (configMapRef) {
    const { name, optional } = configMapRef
    const configMap = await references.configMap(namespace, name)
    if (!configMap && !optional) throw notFound('configmap', name)
    data = configMap?.data ?? {}
  }
  if (secretRef) {
    const { name, optional } = secretRef
    const secret = await references.secret(namespace, name)
    if (!secret && !optional) throw notFound('secret', name)
    data = Object.fromEntries(
      Object.entries(secret?.data ?? {}).map(([key, value]) => [key, decode(value)]),
    )
  }
  return Object.entries(data).map(([key, value]) => [prefix + key, value] as const)
}

async function valueOf(
  pod: Pod,
  container: AnyContainer,
  { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef }: EnvVarSource,
  context: EnvironmentContext,
): Promise<string | undefined> {
  if (fieldRef) return configured(() => podField(pod, fieldRef.fieldPath, context.podIPs))
  if (resourceFieldRef) {
    const { containerName, resource, divisor } = resourceFieldRef
    return configured(() => {
      const owner = containerName ? containerNamed(pod, containerName) : container
      return resourceField(owner, resource, divisor, context.allocatable)
    })
  }
  if (configMapKeyRef) return configMapKey(pod, configMapKeyRef, context)
  if (secretKeyRef) return secretKey(pod, secretKeyRef, context)
  return fileKeyRef && fileKey(fileKeyRef, context)
}

async function fileKey(
  { volumeName, path, key, optional }: NonNullable<EnvVarSource['fileKeyRef']>,
  { volumeFile }: EnvironmentContext,
): Promise<string | undefined> {
  const text = await volumeFile(volumeName, path)
  if (text === undefined && !optional)
    throw new ContainerConfigError(`environment variable file "${path}" not found`)
  const value = parseEnvFile(text ?? '').get(key)
  if (value === undefined && !optional)
    throw new ContainerConfigError(`environment variable key "${key}" not found in file "${path}"`)
  return value
}

type KeyRef = NonNullable<EnvVarSource['secretKeyRef']>

async function configMapKey(
  { metadata }: Pod,
  { name, key, optional }: KeyRef,
  { references }: EnvironmentContext,
): Promise<string | undefined> {
  const namespace = metadata.namespace
  const configMap = await references.configMap(namespace, name)
  if (!configMap && !optional) throw notFound('configmap', name)
  const value = configMap?.data?.[key]
  if (value === undefined && !optional)
    throw new ContainerConfigError(`couldn't find key ${key} in ConfigMap ${namespace}/${name}`)
  return value
}

async function secretKey(
  { metadata }: Pod,
  { name, key, optional }: KeyRef,
  { references }: EnvironmentContext,
): Promise<string | undefined> {
  const namespace = metadata.namespace
  const secret = await references.secret(namespace, name)
  if (!secret && !optional) throw notFound('secret', name)
  const value = secret?.data?.[key]
  if (value === undefined && !optional)
    throw new ContainerConfigError(`couldn't find key ${key} in Secret ${namespace}/${name}`)
  return value === undefined ? undefined : decode(value)
}

function configured<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new ContainerConfigError((error as Error).message)
  }
}

function notFound(kind: 'secret' | 'configmap', name: string): ContainerConfigError {
  return new ContainerConfigError(`${kind} "${name}" not found`)
}

function decode(base64: string): string {
  return new TextDecoder().decode(Uint8Array.fromBase64(base64))
}
