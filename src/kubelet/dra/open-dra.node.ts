import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { grpcConnection } from '../../grpc/grpc-connection.node.ts'
import { openStateFile } from '../state-file.node.ts'
import { draManager, type DraManager } from './dra-manager.ts'
import { removeLostSlices, type ResourceSlicesOptions } from './resource-slices.ts'

/** Goes on with the claims that were prepared on this node. Drivers are to be told of as plugins of type `DRAPlugin`. */
export async function openDra({
  dataDir,
  ...options
}: ResourceSlicesOptions & { readonly dataDir: string }): Promise<DraManager> {
  await mkdir(dataDir, { recursive: true })
  return draManager({
    ...options,
    connect: grpcConnection,
    slices: removeLostSlices(options),
    ...(await openStateFile(join(dataDir, 'dra_manager_state'))),
  })
}
