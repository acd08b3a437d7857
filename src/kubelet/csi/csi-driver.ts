import { type CallOptions, type Connection, type Method, within } from '../../grpc/connection.ts'
import type { Input } from '../../grpc/proto3.ts'
import { CSI_NODE } from './node-methods.ts'

const TIMEOUT_MS = 120_000 // As upstream: what takes longer is asked for again.

type Capability =
  | 'STAGE_UNSTAGE_VOLUME'
  | 'GET_VOLUME_STATS'
  | 'EXPAND_VOLUME'
  | 'SINGLE_NODE_MULTI_WRITER'
  | 'VOLUME_MOUNT_GROUP'

/** A CSI driver on this node that has registered. */
export interface CsiDriver extends Disposable {
  readonly name: string
  readonly nodeId: string
  /** Where volumes can be that this node reaches. */
  readonly topology: Readonly<Record<string, string>>
  /** 0: no limit. */
  readonly volumesMax: number
  can(capability: Capability): boolean
  call<Q, R>(method: Method<Q, R>, request: Input<Q>, options?: CallOptions): Promise<R>
}

/** Asks a driver who it is and what it can. Owns the connection, also where it rejects. */
export async function meetDriver(name: string, connection: Connection): Promise<CsiDriver> {
  using stack = new DisposableStack()
  stack.use(connection)
  const call: CsiDriver['call'] = (method, request, options) =>
    connection.unary(method, request, within(TIMEOUT_MS, options))
  const { nodeId, maxVolumesPerNode, accessibleTopology } = await call(CSI_NODE.getInfo, {})
  const { capabilities } = await call(CSI_NODE.getCapabilities, {})
  const can = new Set<string | undefined>(capabilities.map(({ rpc }) => rpc?.type))
  if (nodeId === '') throw new Error(`CSI driver ${name} reported no node ID`)
  const owned = stack.move()
  return {
    name,
    nodeId,
    topology: accessibleTopology?.segments ?? {},
    volumesMax: maxVolumesPerNode,
    can: (capability) => can.has(capability),
    call,
    [Symbol.dispose]: () => owned.dispose(),
  }
}
