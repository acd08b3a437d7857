import { ConfigMap } from '../../api/core/v1/config-map.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { Secret } from '../../api/core/v1/secret.ts'
import type { Volume } from '../../api/core/v1/volume.ts'
import type {
  ProjectedVolumeSource,
  ServiceAccountTokenProjection,
} from '../../api/core/v1/volume-source.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import type { Allocatable } from '../containers/field-refs.ts'
import {
  chosenFiles,
  configMapData,
  downwardFiles,
  secretData,
  type Payload,
  type PayloadFile,
} from './payload.ts'
import type { ReferencedObjects, Versioned } from './references.ts'
import type { PodTokens } from './service-account-token.ts'

interface ApiPayloadOptions {
  readonly objects: ReferencedObjects
  readonly tokens: PodTokens
  readonly allocatable: () => Allocatable
  /** Told when the Pod's files are to be looked at again. */
  readonly renewAt: (podUid: string, atMs: number) => void
}

/** What is in volumes whose content comes from the API: ConfigMaps, Secrets, tokens, fields of the Pod. */
export class ApiPayload {
  readonly #options: ApiPayloadOptions

  constructor(options: ApiPayloadOptions) {
    this.#options = options
  }

  /** The files of such a volume; undefined for the others. Throws upstream's words where something is missing. */
  async payloadOf(
    pod: Pod,
    { configMap, secret, downwardAPI, projected }: Volume,
  ): Promise<Payload | undefined> {
    if (configMap)
      return this.#objectFiles(pod, CONFIG_MAPS, { ...configMap, mode: configMap.defaultMode })
    if (secret) {
      const { secretName: name = '', defaultMode: mode } = secret
      return this.#objectFiles(pod, SECRETS, { ...secret, name, mode })
    }
    if (downwardAPI) return this.#downward(pod, downwardAPI.items ?? [], downwardAPI.defaultMode)
    if (projected) return this.#projectedFiles(pod, projected)
    return undefined
  }

  async #projectedFiles(
    pod: Pod,
    { sources, defaultMode: mode }: ProjectedVolumeSource,
  ): Promise<Payload> {
    const files: (readonly [string, PayloadFile])[] = []
    for (const { configMap, secret, downwardAPI, serviceAccountToken } of sources) {
      if (configMap)
        files.push(...(await this.#objectFiles(pod, CONFIG_MAPS, { ...configMap, mode })))
      if (secret) files.push(...(await this.#objectFiles(pod, SECRETS, { ...secret, mode })))
      if (downwardAPI) files.push(...this.#downward(pod, downwardAPI.items ?? [], mode))
      if (serviceAccountToken)
        files.push(...(await this.#tokenFile(pod, serviceAccountToken, mode)))
    }
    return new Map(files)
  }

  async #objectFiles<T extends Versioned>(
    pod: Pod,
    { type, dataOf, what }: ObjectKind<T>,
    { name, items, mode, optional = false }: FileSource,
  ): Promise<Payload> {
    const { namespace, uid } = pod.metadata
    const object = await this.#options.objects.read(type, namespace, name, uid)
    if (!object && !optional) throw new Error(`${what} ${JSON.stringify(name)} not found`)
    return chosenFiles(object ? dataOf(object) : new Map(), { items, mode, optional, what })
  }

  async #tokenFile(
    pod: Pod,
    { audience = '', expirationSeconds, path }: ServiceAccountTokenProjection,
    mode: number,
  ): Promise<Payload> {
    const { tokens, renewAt } = this.#options
    const { token, renewAtMs } = await tokens.get(pod, audience, expirationSeconds)
    renewAt(pod.metadata.uid, renewAtMs)
    // Whoever the containers run as must be able to read it; where that is known, nobody else needs to.
    const owner = commonUser(pod)
    const isKnown = owner !== undefined || pod.spec.securityContext?.fsGroup !== undefined
    const data = new TextEncoder().encode(token)
    const file = { data, mode: isKnown ? 0o600 : mode, ...(owner !== undefined && { owner }) }
    return new Map([[path, file]])
  }

  #downward(pod: Pod, items: Parameters<typeof downwardFiles>[0], mode: number): Payload {
    return downwardFiles(items, { pod, mode, allocatable: this.#options.allocatable() })
  }
}

interface FileSource {
  readonly name: string
  readonly items?: Parameters<typeof chosenFiles>[1]['items']
  readonly optional?: boolean
  readonly mode: number
}

/** A kind of object whose data are files. */
interface ObjectKind<T> {
  readonly type: ResourceClass<T>
  readonly dataOf: (object: T) => ReadonlyMap<string, Uint8Array>
  readonly what: 'configmap' | 'secret'
}

const CONFIG_MAPS: ObjectKind<ConfigMap> = {
  type: ConfigMap,
  dataOf: configMapData,
  what: 'configmap',
}
const SECRETS: ObjectKind<Secret> = { type: Secret, dataOf: secretData, what: 'secret' }

/** The user that all containers of a Pod run as, where the Pod says so. */
function commonUser({ spec }: Pod): number | undefined {
  const all = [...(spec.initContainers ?? []), ...spec.containers]
  const users = new Set(
    all.map(({ securityContext }) => securityContext?.runAsUser ?? spec.securityContext?.runAsUser),
  )
  return users.size === 1 ? [...users][0] : undefined
}
