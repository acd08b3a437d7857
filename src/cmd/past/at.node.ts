import { pathAt } from '../../client/paths.ts'
import { adminAccess, explained } from '../cluster-access.node.ts'
import { dataDirectory } from '../data-directory.node.ts'
import { kubectl } from '../kubectl.node.ts'
import { pointInTime } from './past.node.ts'

/** `trierarch at REVISION|TIME ARGS…`: kubectl, which reads the state of then. Ends with kubectl's exit code. */
export async function at(dataDir: string, when: string, args: readonly string[]): Promise<void> {
  const path = pathAt(pointInTime(when))
  const { server } = await explained(() => adminAccess(dataDirectory(dataDir)))
  await kubectl(dataDir, [`--server=${server.replace(/\/$/, '')}${path}`, ...args])
}
