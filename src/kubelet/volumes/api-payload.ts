import { ConfigMap } from '../../api/core/v1/config-map.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { Secret } from '../../api/core/v1/secret.ts'
import type { Volume } from '../../api/core/v1/volume.ts'
import type { ProjectedVolumeSource } from '../../api/core/v1/volume-source.ts'
import type { Allocatable } from '../containers/field-refs.ts'
import { chosenFiles, configMapData, downwardFiles, secretData, type Payload } from './payload.ts'
import type { ReferencedObjects } from './references.ts'
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
    if (configMap) return this.#configMapFiles(pod, { ...configMap, mode: configMap.defaultMode })
    if (secret) {
      return this.#secretFiles(pod, {
        ...secret,
        name: secret.secretName ?? '',
        mode: secret.defaultMode,
      })
    }
    if (downwardAPI) return this.#downward(pod, downwardAPI.items ?? [], downwardAPI.defaultMode)
    if (projected) return this.#projectedFiles(pod, projected)
    return undefined
  }

  async #projectedFiles(
    pod: Pod,
    { sources, defaultMode: mode }: ProjectedVolumeSource,
  ): Promise<Payload> {
    const files = new Map<string, { data: Uint8Array; mode: number }>()
    for (const { configMap, secret, downwardAPI, serviceAccountToken } of sources) {
      if (configMap)
        for (const [path, file] of await this.#configMapFiles(pod, { ...configMap, mode }))
          files.set(path, file)
      if (secret)
        for (const [path, file] of await this.#secretFiles(pod, { ...secret, mode }))
          files.set(path, file)
      if (downwardAPI)
        for (const [path, file] of this.#downward(pod, downwardAPI.items ?? [], mode))
          files.set(path, file)
      if (serviceAccountToken) {
        const { audience = '', expirationSeconds, path } = serviceAccountToken
        const { token, renewAtMs } = await this.#options.tokens.get(
          pod,
          audience,
          expirationSeconds,
        )
        this.#options.renewAt(pod.metadata.uid, renewAtMs)
        // Whoever the containers run as must be able to read it; where that is known, nobody else needs to.
        const owner = commonUser(pod)
        const isKnown = owner !== undefined || pod.spec.securityContext?.fsGroup !== undefined
        files.set(path, {
          data: new TextEncoder().encode(token),
          mode: isKnown ? 0o600 : mode,
          ...(owner !== undefined && { owner }),
        })
      }
    }
    return files
  }

  async #configMapFiles(pod: Pod, source: FileSource): Promise<Payload> {
    const { namespace, uid } = pod.metadata
    const object = await this.#options.objects.read(ConfigMap, namespace, source.name, uid)
    if (!object && source.optional !== true)
      throw new Error(`configmap ${JSON.stringify(source.name)} not found`)
    return chosenFiles(object ? configMapData(object) : new Map(), {
      ...chosen(source),
      what: 'configmap',
    })
  }

  async #secretFiles(pod: Pod, source: FileSource): Promise<Payload> {
    const { namespace, uid } = pod.metadata
    const object = await this.#options.objects.read(Secret, namespace, source.name, uid)
    if (!object && source.optional !== true)
      throw new Error(`secret ${JSON.stringify(source.name)} not found`)
    return chosenFiles(object ? secretData(object) : new Map(), {
      ...chosen(source),
      what: 'secret',
    })
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

function chosen({ items, mode, optional = false }: FileSource) {
  return { items, mode, optional }
}

/** The user that all containers of a Pod run as, where the Pod says so. */
function commonUser({ spec }: Pod): number | undefined {
  const all = [...(spec.initContainers ?? []), ...spec.containers]
  const users = new Set(
    all.map(({ securityContext }) => securityContext?.runAsUser ?? spec.securityContext?.runAsUser),
  )
  return users.size === 1 ? [...users][0] : undefined
}
