import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from '../../base/logger.ts'
import type { Client } from '../../client/client.ts'
import { grpcConnection } from '../../grpc/grpc-connection.node.ts'
import { openStateFile } from '../state-file.node.ts'
import { draManager, type DraManager } from './dra-manager.ts'

/** Goes on with the claims that were prepared on this node. Drivers are to be told of as plugins of type `DRAPlugin`. */
export async function openDra({
  client,
  dataDir,
  logger,
}: {
  readonly client: Client
  readonly dataDir: string
  readonly logger: Logger
}): Promise<DraManager> {
  await mkdir(dataDir, { recursive: true })
  return draManager({
    client,
    connect: grpcConnection,
    logger,
    ...(await openStateFile(join(dataDir, 'dra_manager_state'))),
  })
}
