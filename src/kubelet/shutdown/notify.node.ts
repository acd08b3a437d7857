import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** Sends a state to systemd, whose socket Node.js cannot speak to itself. The unit needs `NotifyAccess=all`. */
export async function notifySystemd(state: string): Promise<void> {
  await promisify(execFile)('systemd-notify', [state])
}
