import type { Crypto } from '../../base/crypto.ts'
import type { Architecture } from './elf.ts'
import { ociArchive } from './oci-archive.ts'
import { pauseProgram } from './pause.ts'
import { tarArchive } from './tar.ts'

/** The image of every Pod's sandbox. It is made here, so that no registry is needed to start a Pod. */
export const PAUSE_IMAGE = 'localhost/trierarch/pause:1'

/** The sandbox image as an OCI archive. */
export function pauseImageArchive(
  architecture: Architecture,
  crypto: Pick<Crypto, 'hashHex'>,
): Uint8Array {
  const program = pauseProgram(architecture)
  const layer = tarArchive([{ path: 'pause', type: 'file', content: program, mode: 0o755 }])
  const config = { Entrypoint: ['/pause'], User: '65535:65535', WorkingDir: '/' }
  return ociArchive({ name: PAUSE_IMAGE, architecture, config, layers: [layer] }, crypto)
}
