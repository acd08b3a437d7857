import type { Clock } from '../../base/clock.ts'
import type { MetricSet } from '../../base/metrics.ts'

/** Measures the rules of custom resources. Dispose what comes back when the work is done. */
export interface CelMetrics {
  /** The rules of one schema are compiled. */
  compiling(clock: Clock): Disposable
  /** The rules of one schema are held against an object. */
  evaluating(clock: Clock): Disposable
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export function celMetrics(set: MetricSet): CelMetrics {
  const stopwatch = (name: string, help: string): ((clock: Clock) => Disposable) => {
    const series = set.histogram({ name, help, buckets: SECONDS }).with()
    return (clock) => {
      const startMs = clock.monotonic()
      return { [Symbol.dispose]: () => series.observe((clock.monotonic() - startMs) / 1000) }
    }
  }
  return {
    compiling: stopwatch(
      'apiserver_cel_compilation_duration_seconds',
      '[BETA] CEL compilation time in seconds.',
    ),
    evaluating: stopwatch(
      'apiserver_cel_evaluation_duration_seconds',
      '[BETA] CEL evaluation time in seconds.',
    ),
  }
}
