import type { Method } from '../../grpc/connection.ts'
import { listOf, ref, string, strings } from '../../grpc/proto-fields.ts'
import { message, type MessageClass } from '../../grpc/proto3.ts'

// The messages of k8s.io/kubelet/pkg/apis/dra, whose versions v1 and v1beta1 are the same to us.

class Claim extends message({
  namespace: string(1),
  uid: string(2),
  name: string(3),
}) {}

class ClaimsRequest extends message({ claims: listOf(1, Claim) }) {}

/** A device that was made ready, and the names by which the runtime gives it to containers. */
export class PreparedDevice extends message({
  /** The requests that it is for; all where empty. */
  requestNames: strings(1),
  poolName: string(2),
  deviceName: string(3),
  cdiDeviceIds: strings(4),
}) {}

class Prepared extends message({
  devices: listOf(1, PreparedDevice),
  error: string(2),
}) {}

class PreparedEntry extends message({ key: string(1), value: ref(2, Prepared) }) {}

/** By the claim's uid. */
class PrepareResponse extends message({ claims: listOf(1, PreparedEntry) }) {}

class Unprepared extends message({ error: string(1) }) {}

class UnpreparedEntry extends message({ key: string(1), value: ref(2, Unprepared) }) {}

class UnprepareResponse extends message({ claims: listOf(1, UnpreparedEntry) }) {}

/** The versions that we speak, the best first, as plugins name them. */
export const DRA_VERSIONS = ['v1.DRAPlugin', 'v1beta1.DRAPlugin'] as const
export type DraVersion = (typeof DRA_VERSIONS)[number]

function plugin<Q, R>(
  name: string,
  request: MessageClass<Q>,
  response: MessageClass<R>,
): (version: DraVersion) => Method<Q, R> {
  return (version) => ({
    path: `/k8s.io.kubelet.pkg.apis.dra.${version}/${name}`,
    request,
    response,
  })
}

/** What plugins serve, by version. */
export const DRA_PLUGIN = {
  prepare: plugin('NodePrepareResources', ClaimsRequest, PrepareResponse),
  unprepare: plugin('NodeUnprepareResources', ClaimsRequest, UnprepareResponse),
} as const
