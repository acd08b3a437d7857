import type { ConfigMap } from '../../api/core/v1/config-map.ts'
import type { KeyToPath } from '../../api/core/v1/reference.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { Secret } from '../../api/core/v1/secret.ts'
import type { DownwardAPIVolumeFile } from '../../api/core/v1/volume-source.ts'
import {
  containerNamed,
  podField,
  resourceField,
  type Allocatable,
} from '../containers/field-refs.ts'

/** One file of a volume whose content comes from the API. */
export interface PayloadFile {
  readonly data: Uint8Array
  /** Permission bits. */
  readonly mode: number
  /** Who owns it; root where absent. */
  readonly owner?: number
}

/** Files by their paths in the volume. */
export type Payload = ReadonlyMap<string, PayloadFile>

type Data = ReadonlyMap<string, Uint8Array>

const encoder = new TextEncoder()

export function configMapData({ data = {}, binaryData = {} }: ConfigMap): Data {
  return new Map([
    ...Object.entries(data).map(([key, text]) => [key, encoder.encode(text)] as const),
    ...Object.entries(binaryData).map(
      ([key, base64]) => [key, Uint8Array.fromBase64(base64)] as const,
    ),
  ])
}

export function secretData({ data = {} }: Secret): Data {
  return new Map(Object.entries(data).map(([key, base64]) => [key, Uint8Array.fromBase64(base64)]))
}

const MISSING_KEY = {
  configmap: 'configmap references non-existent config key',
  secret: 'references non-existent secret key',
} as const

/**
 * The files that `items` choose of an object's data, all of it where there are none. Throws, in upstream's words, where
 * a key is missing that is not optional.
 */
export function chosenFiles(
  data: Data,
  {
    items = [],
    mode,
    optional,
    what,
  }: {
    items: readonly KeyToPath[] | undefined
    mode: number
    optional: boolean
    what: 'configmap' | 'secret'
  },
): Payload {
  if (items.length === 0)
    return new Map([...data].map(([key, bytes]) => [key, { data: bytes, mode }]))
  const files = new Map<string, PayloadFile>()
  for (const item of items) {
    const bytes = data.get(item.key)
    if (bytes) files.set(item.path, { data: bytes, mode: item.mode ?? mode })
    else if (!optional) throw new Error(`${MISSING_KEY[what]}: ${item.key}`)
  }
  return files
}

/** The files of a downward API volume. */
export function downwardFiles(
  items: readonly DownwardAPIVolumeFile[],
  {
    pod,
    mode,
    allocatable,
  }: { readonly pod: Pod; readonly mode: number; readonly allocatable: Allocatable },
): Payload {
  return new Map(
    items.map((item) => [
      item.path,
      { data: encoder.encode(downwardValue(item, pod, allocatable)), mode: item.mode ?? mode },
    ]),
  )
}

function downwardValue(
  { fieldRef, resourceFieldRef }: DownwardAPIVolumeFile,
  pod: Pod,
  allocatable: Allocatable,
): string {
  if (fieldRef?.fieldPath === 'metadata.labels') return quotedLines(pod.metadata.labels)
  if (fieldRef?.fieldPath === 'metadata.annotations') return quotedLines(pod.metadata.annotations)
  if (fieldRef)
    return podField(
      pod,
      fieldRef.fieldPath,
      (pod.status.podIPs ?? []).map(({ ip }) => ip),
    )
  if (!resourceFieldRef) return ''
  const container = containerNamed(pod, resourceFieldRef.containerName ?? '')
  return resourceField(container, resourceFieldRef.resource, resourceFieldRef.divisor, allocatable)
}

/** `key="value"`, a line each, in the order of the keys. */
function quotedLines(map: Readonly<Record<string, string>> = {}): string {
  const keys = Object.keys(map).toSorted((a, b) => (a < b ? -1 : 1))
  return keys.map((key) => `${key}=${JSON.stringify(map[key])}`).join('\n')
}
