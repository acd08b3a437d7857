import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Logger } from '../../base/logger.ts'
import type { KubeletConfiguration } from '../config/kubelet-configuration.ts'
import { openStateFile } from '../state-file.node.ts'
import { pullRecords, type PullRecords } from './pull-records.ts'

export interface OpenPullRecordsOptions {
  readonly dataDir: string
  readonly configuration: KubeletConfiguration
  readonly logger: Logger
}

/** Reads with which credentials the images of this node were pulled, to go on from there. */
export async function openPullRecords({
  dataDir,
  configuration,
  logger,
}: OpenPullRecordsOptions): Promise<PullRecords> {
  const path = join(dataDir, 'image_manager', 'pulled.json')
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  return pullRecords({
    policy: configuration.imagePullCredentialsVerificationPolicy,
    allowlist: configuration.preloadedImagesVerificationAllowlist ?? [],
    logger,
    ...(await openStateFile(path)),
  })
}
