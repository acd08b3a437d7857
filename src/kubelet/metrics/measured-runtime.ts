import type { Clock } from '../../base/clock.ts'
import type { RuntimeService } from '../cri/types.ts'
import type { KubeletMetrics } from './kubelet-metrics.ts'

type Counts = Pick<
  KubeletMetrics,
  'operations' | 'operationErrors' | 'operationSeconds' | 'sandboxSeconds' | 'sandboxErrors'
>

/** A runtime whose calls are counted and timed, under the names of its methods as upstream writes them. */
export function measuredRuntime(
  runtime: RuntimeService,
  { operations, operationErrors, operationSeconds, sandboxSeconds, sandboxErrors }: Counts,
  clock: Clock,
): RuntimeService {
  const measured = <A extends readonly unknown[], T>(
    name: string,
    call: (...args: A) => Promise<T>,
  ): ((...args: A) => Promise<T>) => {
    const operation = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    const count = operations.with(operation)
    const errors = operationErrors.with(operation)
    const seconds = operationSeconds.with(operation)
    return async (...args) => {
      const startedMs = clock.monotonic()
      count.inc()
      try {
        return await call(...args)
      } catch (error) {
        errors.inc()
        throw error
      } finally {
        seconds.observe((clock.monotonic() - startedMs) / 1000)
      }
    }
  }
  const wrapped = Object.entries(runtime).map(([name, call]) => [
    name,
    measured(name, call as (...args: readonly unknown[]) => Promise<unknown>),
  ])
  const all = Object.fromEntries(wrapped) as RuntimeService
  return {
    ...all,
    async runPodSandbox(config, handler = '', options) {
      const startedMs = clock.monotonic()
      try {
        return await all.runPodSandbox(config, handler, options)
      } catch (error) {
        sandboxErrors.with(handler).inc()
        throw error
      } finally {
        sandboxSeconds.with(handler).observe((clock.monotonic() - startedMs) / 1000)
      }
    },
    // No call that ends.
    getContainerEvents: (options) => runtime.getContainerEvents(options),
  }
}
