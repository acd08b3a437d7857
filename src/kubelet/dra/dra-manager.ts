import type { AnyContainer } from '../../api/core/v1/pod-containers.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { ResourceClaim } from '../../api/resource/v1/resource-claim.ts'
import type { Logger } from '../../base/logger.ts'
import type { Client } from '../../client/client.ts'
import { within, type Connection } from '../../grpc/connection.ts'
import { turns } from '../images/turns.ts'
import type { Plugin, PluginHandler } from '../plugins/plugin-registry.node.ts'
import { parseSaved, type StateFile } from '../state-file.ts'
import { claimsOf, usesOf } from './claims-of.ts'
import type { ResourceSlices } from './resource-slices.ts'
import { DRA_PLUGIN, DRA_VERSIONS, type DraVersion } from './dra-messages.ts'

const CALL_MS = 45_000 // As upstream.

export interface DraManagerOptions extends StateFile {
  readonly client: Client
  readonly connect: (endpoint: string) => Connection
  /** Told which drivers are there. */
  readonly slices: ResourceSlices
  readonly logger: Logger
}

/** Claims of a Pod could not be made ready; the message is for the Pod's events. */
export class DynamicResourcesError extends Error {
  override readonly name = 'DynamicResourcesError'
}

/** Has the drivers of devices make ready what was allocated to Pods (KEP-4381). */
export interface DraManager extends PluginHandler, Disposable {
  /** Makes all claims of a Pod ready. Rejects with a `DynamicResourcesError`. */
  prepare(pod: Pod, signal: AbortSignal): Promise<void>
  /** The names by which the runtime knows a container's devices (https://github.com/cncf-tags/container-device-interface). */
  cdiDevices(pod: Pod, container: AnyContainer): readonly string[]
  /** The Pods that have any, by uid. */
  holders(): readonly string[]
  /** Nothing of the Pod runs any more. Rejects where a driver cannot be told; it is to be tried again. */
  release(uid: string): Promise<void>
}

interface Device {
  readonly requests: readonly string[]
  readonly cdiIds: readonly string[]
}

interface PreparedClaim {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  /** What the claim is called in each Pod that uses it, by the Pod's uid. */
  readonly pods: Readonly<Record<string, readonly string[]>>
  /** By driver; a driver that has not answered yet has none. */
  readonly drivers: Readonly<Record<string, readonly Device[]>>
  readonly isReady: boolean
}

interface Driver {
  readonly endpoint: string
  readonly connection: Connection
  readonly version: DraVersion
}

export function draManager(options: DraManagerOptions): DraManager {
  const { client, logger, slices } = options
  const drivers = new Map<string, Driver>()
  const saved = parseSaved<Readonly<Record<string, PreparedClaim>>>(
    options,
    {},
    'Cannot read which ResourceClaims are prepared',
  )
  const claims = new Map(Object.entries(saved))
  const inTurn = turns(1) // So that no claim is given back while it is made ready.
  const put = async (claim: PreparedClaim): Promise<void> => {
    claims.set(claim.uid, claim)
    await options.save(JSON.stringify(Object.fromEntries(claims)))
  }
  const driverOf = (name: string): Driver => {
    const found = drivers.get(name)
    if (!found) throw new Error(`DRA driver ${name} is not registered`)
    return found
  }

  const prepareOn = async (
    name: string,
    { namespace, uid, name: claim }: PreparedClaim,
    signal: AbortSignal,
  ): Promise<readonly Device[]> => {
    const { connection, version } = driverOf(name)
    const request = { claims: [{ namespace, uid, name: claim }] }
    const limits = within(CALL_MS, { signal })
    const answer = await connection.unary(DRA_PLUGIN.prepare(version), request, limits)
    const own = answer.claims.find(({ key }) => key === uid)?.value
    if (!own) throw new Error(`NodePrepareResources skipped 1 ResourceClaims: ${claim}`)
    if (own.error !== '')
      throw new Error(`NodePrepareResources failed for ResourceClaim ${claim}: ${own.error}`)
    return own.devices.map(({ requestNames, cdiDeviceIds }) => ({
      requests: requestNames,
      cdiIds: cdiDeviceIds,
    }))
  }
  const prepareClaim = async (
    { metadata }: Pod,
    entries: readonly string[],
    name: string,
    signal: AbortSignal,
  ): Promise<void> => {
    const { namespace } = metadata
    const found = await client.get(ResourceClaim, { namespace, name }, { signal })
    const { uid } = found.metadata
    const { allocation, reservedFor = [] } = found.status
    if (!allocation) throw new Error(`ResourceClaim ${name} is not allocated yet`)
    if (!reservedFor.some((each) => each.uid === metadata.uid))
      throw new Error(
        `pod ${metadata.name} (${metadata.uid}) is not allowed to use ResourceClaim ${name} (${uid})`,
      )
    const before = claims.get(uid) ?? {
      namespace,
      name,
      uid,
      pods: {},
      drivers: {},
      isReady: false,
    }
    const names = [...new Set((allocation.devices.results ?? []).map(({ driver }) => driver))]
    const pods = { ...before.pods, [metadata.uid]: entries }
    // Known before any driver is asked, so that what it does is undone whatever becomes of us.
    const known = before.isReady ? before.drivers : Object.fromEntries(names.map((n) => [n, []]))
    await put({ ...before, pods, drivers: known })
    if (before.isReady) return
    const devices = await Promise.all(
      names.map(async (n) => [n, await prepareOn(n, before, signal)] as const),
    )
    await put({ ...before, pods, drivers: Object.fromEntries(devices), isReady: true })
  }
  const unprepare = async ({
    namespace,
    name,
    uid,
    drivers: names,
  }: PreparedClaim): Promise<void> => {
    for (const driver of Object.keys(names)) {
      const { connection, version } = driverOf(driver)
      const request = { claims: [{ namespace, uid, name }] }
      const method = DRA_PLUGIN.unprepare(version)
      const answer = await connection.unary(method, request, within(CALL_MS))
      const error = answer.claims.find(({ key }) => key === uid)?.value?.error ?? ''
      if (error !== '')
        throw new Error(`NodeUnprepareResources failed for ResourceClaim ${name}: ${error}`)
    }
  }
  return {
    async register({ name, endpoint, versions }: Plugin) {
      const version = DRA_VERSIONS.find((each) => versions.includes(each))
      if (!version)
        throw new Error(
          `none of the DRA gRPC versions ${versions.join(', ')} are supported: want one of ${DRA_VERSIONS.join(', ')}`,
        )
      drivers.get(name)?.connection[Symbol.dispose]()
      drivers.set(name, { endpoint, connection: options.connect(endpoint), version })
      slices.came(name)
      logger.info('A DRA driver has registered', { driver: name, endpoint })
    },
    async deregister({ name, endpoint }: Plugin) {
      const found = drivers.get(name)
      if (found?.endpoint !== endpoint) return
      drivers.delete(name)
      slices.left(name)
      found.connection[Symbol.dispose]()
    },
    async prepare(pod, signal) {
      const byClaim = await Promise.try(() =>
        Map.groupBy(claimsOf(pod), ([, claim]) => claim),
      ).catch(failed)
      for (const [claim, uses] of byClaim) {
        const entries = uses.map(([entry]) => entry)
        await inTurn(() => prepareClaim(pod, entries, claim, signal)).catch((error: unknown) => {
          signal.throwIfAborted()
          failed(error)
        })
      }
    },
    cdiDevices(pod, container) {
      const found = usesOf(pod, container).flatMap(({ entry, request }) =>
        [...claims.values()]
          .filter(({ pods }) => pods[pod.metadata.uid]?.includes(entry))
          .flatMap((claim) => Object.values(claim.drivers).flat())
          .filter((device) => isFor(device, request))
          .flatMap(({ cdiIds }) => cdiIds),
      )
      return [...new Set(found)]
    },
    holders: () => [...new Set([...claims.values()].flatMap(({ pods }) => Object.keys(pods)))],
    async release(uid) {
      const own = (): readonly PreparedClaim[] =>
        [...claims.values()].filter(({ pods }) => pods[uid] !== undefined)
      if (own().length === 0) return
      await inTurn(async () => {
        for (const claim of own()) {
          const { [uid]: _, ...pods } = claim.pods
          if (Object.keys(pods).length > 0) await put({ ...claim, pods })
          else {
            await unprepare(claim)
            claims.delete(claim.uid)
            await options.save(JSON.stringify(Object.fromEntries(claims)))
          }
        }
      })
    },
    [Symbol.dispose]() {
      slices[Symbol.dispose]()
      for (const { connection } of drivers.values()) connection[Symbol.dispose]()
    },
  }
}

function failed(error: unknown): never {
  throw new DynamicResourcesError((error as Error).message, { cause: error })
}

/** Whether a device is for a request of its claim; that of a subrequest counts as its request's. */
function isFor({ requests }: Device, request: string | undefined): boolean {
  if (request === undefined || requests.length === 0) return true
  return requests.some((each) => each === request || each.startsWith(`${request}/`))
}
