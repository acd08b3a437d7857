import { ConfigMap } from '../../api/core/v1/config-map.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { Secret } from '../../api/core/v1/secret.ts'
import type { Volume } from '../../api/core/v1/volume.ts'
import type {
  PodCertificateProjection,
  ServiceAccountTokenProjection,
  VolumeProjection,
} from '../../api/core/v1/volume-source.ts'
import { aggregate } from '../../apimachinery/go-format.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import {
  chosenFiles,
  configMapData,
  downwardFiles,
  secretData,
  type Payload,
  type PayloadFile,
} from './payload.ts'
import {
  PodCertificates,
  type CountedCertificate,
  type PodCertificatesOptions,
  type PodCertificateSource,
} from './pod-certificates.ts'
import { ReferencedObjects, type Versioned } from './references.ts'
import type { PodTokens } from './service-account-token.ts'
import { TrustAnchors } from './trust-anchors.ts'

export interface ApiPayloadOptions extends PodCertificatesOptions {
  readonly tokens: PodTokens
  /** Told when something that a Pod's files come from has changed. */
  readonly changed: (podUid: string) => void
  /** Told when the Pod's files are to be looked at again. */
  readonly renewAt: (podUid: string, atMs: number) => void
}

/** What is in volumes whose content comes from the API: ConfigMaps, Secrets, tokens, certificates, fields of the Pod. */
export class ApiPayload implements Disposable {
  readonly #options: ApiPayloadOptions
  readonly #objects: ReferencedObjects
  readonly #anchors: TrustAnchors
  readonly #certificates: PodCertificates

  constructor(options: ApiPayloadOptions) {
    const { client, informers, changed } = options
    this.#options = options
    this.#objects = new ReferencedObjects(client, informers, changed)
    this.#anchors = new TrustAnchors(informers, changed)
    this.#certificates = new PodCertificates(options)
  }

  /** The files of such a volume; undefined for the others. Throws upstream's words where something is missing. */
  async payloadOf(
    pod: Pod,
    { name: volumeName, configMap, secret, downwardAPI, projected }: Volume,
  ): Promise<Payload | undefined> {
    if (configMap)
      return this.#objectFiles(pod, CONFIG_MAPS, { ...configMap, mode: configMap.defaultMode })
    if (secret) {
      const { secretName: name = '', defaultMode: mode } = secret
      return this.#objectFiles(pod, SECRETS, { ...secret, name, mode })
    }
    if (downwardAPI) return this.#downward(pod, downwardAPI.items ?? [], downwardAPI.defaultMode)
    if (!projected) return undefined
    const { sources, defaultMode } = projected
    const files: (readonly [string, PayloadFile])[] = []
    const failures: Error[] = []
    for (const [index, source] of sources.entries()) {
      try {
        const place = { pod, volumeName, index }
        files.push(...(await this.#projectedFiles(place, source, defaultMode)))
      } catch (error) {
        failures.push(error as Error)
      }
    }
    if (failures.length === 0) return new Map(files)
    throw new Error(aggregate(failures.map(({ message }) => message)), { cause: failures[0] })
  }

  /** A Pod is gone: nothing is followed or kept for it any more. */
  async release(podUid: string): Promise<void> {
    this.#options.tokens.forget(podUid)
    this.#certificates.forget(podUid)
    await this.#anchors.release(podUid)
    await this.#objects.release(podUid)
  }

  /** The certificates in Pods' volumes, also those that are yet to come. */
  certificates(): readonly CountedCertificate[] {
    return this.#certificates.list()
  }

  /** Whoever waits for the API waits no more. */
  [Symbol.dispose](): void {
    this.#anchors[Symbol.dispose]()
  }

  async #projectedFiles(
    place: PodCertificateSource,
    source: VolumeProjection,
    mode: number,
  ): Promise<Payload> {
    const { pod } = place
    const { configMap, secret, downwardAPI } = source
    const { serviceAccountToken, clusterTrustBundle, podCertificate } = source
    if (configMap) return this.#objectFiles(pod, CONFIG_MAPS, { ...configMap, mode })
    if (secret) return this.#objectFiles(pod, SECRETS, { ...secret, mode })
    if (downwardAPI) return this.#downward(pod, downwardAPI.items ?? [], mode)
    if (serviceAccountToken)
      return guardedFiles(pod, mode, {
        [serviceAccountToken.path]: await this.#token(pod, serviceAccountToken),
      })
    if (clusterTrustBundle)
      return guardedFiles(pod, mode, {
        [clusterTrustBundle.path]: await this.#anchors.pem(clusterTrustBundle, pod.metadata.uid),
      })
    if (!podCertificate) return new Map()
    return guardedFiles(pod, mode, await this.#certificate(place, podCertificate))
  }

  async #objectFiles<T extends Versioned>(
    pod: Pod,
    { type, dataOf, what }: ObjectKind<T>,
    { name, items, mode, optional = false }: FileSource,
  ): Promise<Payload> {
    const { namespace, uid } = pod.metadata
    const object = await this.#objects.read(type, namespace, name, uid)
    if (!object && !optional) throw new Error(`${what} ${JSON.stringify(name)} not found`)
    return chosenFiles(object ? dataOf(object) : new Map(), { items, mode, optional, what })
  }

  async #token(
    pod: Pod,
    { audience = '', expirationSeconds }: ServiceAccountTokenProjection,
  ): Promise<string> {
    const { tokens, renewAt } = this.#options
    const { token, renewAtMs } = await tokens.get(pod, audience, expirationSeconds)
    renewAt(pod.metadata.uid, renewAtMs)
    return token
  }

  async #certificate(
    place: PodCertificateSource,
    projection: PodCertificateProjection,
  ): Promise<Readonly<Record<string, string>>> {
    const { credentialBundlePath, keyPath, certificateChainPath } = projection
    const { keyPem, chainPem, lookAtMs } = await this.#certificates.get(place, projection)
    if (lookAtMs !== undefined) this.#options.renewAt(place.pod.metadata.uid, lookAtMs)
    return {
      ...(credentialBundlePath && { [credentialBundlePath]: keyPem + chainPem }),
      ...(keyPath && { [keyPath]: keyPem }),
      ...(certificateChainPath && { [certificateChainPath]: chainPem }),
    }
  }

  #downward(pod: Pod, items: Parameters<typeof downwardFiles>[0], mode: number): Payload {
    const { nodes, nodeName } = this.#options
    // What containers without a limit may use.
    const allocatable = nodes.cache.get({ name: nodeName })?.status.allocatable ?? {}
    return downwardFiles(items, { pod, mode, allocatable })
  }
}

/**
 * Files that whoever the containers run as must be able to read; where that is known, nobody else needs to.
 */
function guardedFiles(pod: Pod, mode: number, texts: Readonly<Record<string, string>>): Payload {
  const owner = commonUser(pod)
  const isKnown = owner !== undefined || pod.spec.securityContext?.fsGroup !== undefined
  const rights = { mode: isKnown ? 0o600 : mode, ...(owner !== undefined && { owner }) }
  return new Map(
    Object.entries(texts).map(([path, text]) => [
      path,
      { data: new TextEncoder().encode(text), ...rights },
    ]),
  )
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
