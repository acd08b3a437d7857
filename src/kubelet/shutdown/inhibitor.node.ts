import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { Logger } from '../../base/logger.ts'
import type { KubeletConfiguration } from '../config/kubelet-configuration.ts'
import { shutdownSeconds } from './plan-shutdown.ts'

export interface ShutdownDelayOptions {
  readonly configuration: KubeletConfiguration
  readonly logger: Logger
  /** The machine is about to stop; it waits until this resolves, as long as the configuration says. */
  readonly onShutdown: () => Promise<void>
  /** It does not stop after all. */
  readonly onCancelled: () => void
}

const MATCH = "type='signal',interface='org.freedesktop.login1.Manager',member='PrepareForShutdown'"

/**
 * Has systemd wait for the node's Pods before the machine stops, by an inhibitor lock
 * (https://www.freedesktop.org/wiki/Software/systemd/inhibit/). Does nothing where there is no systemd, or no time is
 * given to Pods.
 */
export async function delayShutdown(options: ShutdownDelayOptions): Promise<Disposable> {
  const { configuration, logger } = options
  const seconds = shutdownSeconds(configuration)
  const hasSystemd = (await stat('/run/systemd/system').catch(() => undefined)) !== undefined
  if (seconds === 0 || !hasSystemd) return { [Symbol.dispose]: () => undefined }
  const tell = (error: unknown): void => logger.warn('Cannot delay the shutdown', { error })
  const allowed = await delaySecondsMax().catch(tell)
  if (allowed && allowed < seconds)
    logger.warn('The machine does not wait for its Pods as long as they may take', {
      seconds,
      InhibitDelayMaxSec: allowed,
    })
  const monitor = spawn('busctl', ['--system', '--json=short', 'monitor', '--match', MATCH], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  monitor.on('error', tell)
  let lock = takeLock(tell)
  createInterface({ input: monitor.stdout }).on('line', (line) => {
    const isStopping = isAboutToStop(line)
    if (isStopping) {
      const held = lock
      options
        .onShutdown()
        .catch(tell)
        .finally(() => end(held))
    } else if (isStopping === false) {
      end(lock)
      lock = takeLock(tell)
      options.onCancelled()
    }
  })
  return {
    [Symbol.dispose]() {
      for (const child of [lock, monitor]) end(child)
    },
  }
}

/** The lock is held for as long as `cat` waits for input that never comes. */
function takeLock(tell: (error: unknown) => void): ChildProcess {
  const what = ['--what=shutdown', '--mode=delay', '--who=kubelet']
  const why = '--why=Kubelet needs time to handle node shutdown'
  const lock = spawn('systemd-inhibit', [...what, why, 'cat'], {
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  return lock.on('error', tell)
}

/** How long systemd waits for those who hold locks, in seconds. */
async function delaySecondsMax(): Promise<number> {
  const { stdout } = await promisify(execFile)('busctl', [
    '--system',
    '--json=short',
    'get-property',
    'org.freedesktop.login1',
    '/org/freedesktop/login1',
    'org.freedesktop.login1.Manager',
    'InhibitDelayMaxUSec',
  ])
  return (JSON.parse(stdout) as { readonly data: number }).data / 1e6
}

/** What a line of `busctl monitor` says: that the machine stops, that it no longer does, or neither. */
export function isAboutToStop(line: string): boolean | undefined {
  try {
    const { payload } = JSON.parse(line) as {
      readonly payload?: { readonly data?: readonly unknown[] }
    }
    const [isStopping] = payload?.data ?? []
    return typeof isStopping === 'boolean' ? isStopping : undefined
  } catch {
    return undefined
  }
}

function end(child: ChildProcess): void {
  child.stdin?.end()
  child.kill()
}
