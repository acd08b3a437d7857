import { spawn, type ChildProcess } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type { Logger } from '../../base/logger.ts'
import type { KubeletConfiguration } from '../config/kubelet-configuration.ts'
import { shutdownSeconds } from './plan-shutdown.ts'

export interface ShutdownDelayOptions {
  readonly configuration: KubeletConfiguration
  readonly logger: Logger
  /** The machine is about to stop; it waits until this resolves, as long as the configuration says. */
  readonly onShutdown: () => Promise<void>
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
  // The lock is held for as long as `cat` waits for input that never comes.
  const lock = spawn(
    'systemd-inhibit',
    [
      '--what=shutdown',
      '--mode=delay',
      '--who=kubelet',
      '--why=Kubelet needs time to handle node shutdown',
      'cat',
    ],
    { stdio: ['pipe', 'ignore', 'ignore'] },
  )
  const monitor = spawn('busctl', ['--system', '--json=short', 'monitor', '--match', MATCH], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const tell = (error: unknown): void => logger.warn('Cannot delay the shutdown', { error })
  for (const child of [lock, monitor]) child.on('error', tell)
  createInterface({ input: monitor.stdout }).on('line', (line) => {
    if (isAboutToStop(line))
      options
        .onShutdown()
        .catch(tell)
        .finally(() => end(lock))
  })
  return {
    [Symbol.dispose]() {
      for (const child of [lock, monitor]) end(child)
    },
  }
}

/** Whether a line of `busctl monitor` says that the machine stops, and not that it no longer does. */
export function isAboutToStop(line: string): boolean {
  try {
    const { payload } = JSON.parse(line) as {
      readonly payload?: { readonly data?: readonly unknown[] }
    }
    return payload?.data?.[0] === true
  } catch {
    return false
  }
}

function end(child: ChildProcess): void {
  child.stdin?.end()
  child.kill()
}
