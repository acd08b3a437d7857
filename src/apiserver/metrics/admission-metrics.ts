import type { Clock } from '../../base/clock.ts'
import type { Histogram, MetricSet } from '../../base/metrics.ts'
import type { AdmissionPlugin } from '../admission/plugin.ts'
import type { ObjectAdmission } from '../registry/write-context.ts'

/** Measures admission plugins. */
export interface AdmissionMetrics {
  /** The same plugins, each call of them measured. */
  measured(plugins: readonly AdmissionPlugin[], clock: Clock): readonly AdmissionPlugin[]
  /** What all plugins together say of a write, each step of it measured. */
  measuredSteps(admission: ObjectAdmission, clock: Clock): ObjectAdmission
}

const SECONDS = [0.005, 0.025, 0.1, 0.5, 1, 2.5]

export function admissionMetrics(set: MetricSet): AdmissionMetrics {
  const durations = set.histogram({
    name: 'apiserver_admission_controller_admission_duration_seconds',
    help: '[STABLE] Admission controller latency histogram in seconds, identified by name and broken out for each operation and API resource and type (validate or admit).',
    labels: ['name', 'operation', 'rejected', 'type'],
    buckets: SECONDS,
  })
  const steps = set.histogram({
    name: 'apiserver_admission_step_admission_duration_seconds',
    help: '[STABLE] Admission sub-step latency histogram in seconds, broken out for each operation and API resource and step type (validate or admit).',
    labels: ['operation', 'rejected', 'type'],
    buckets: SECONDS,
  })
  const step = measurer((...labels) => steps.with(...labels))
  const [admitting, validating] = [step('admit'), step('validate')]
  const operationOf = (old: unknown): string => (old === undefined ? 'CREATE' : 'UPDATE')
  return {
    measuredSteps: (admission, clock) => ({
      admit: (object, old) =>
        admitting(clock, operationOf(old), () => admission.admit(object, old)),
      validate: (object, old) =>
        validating(clock, operationOf(old), () => admission.validate(object, old)),
      admitDeletion: (old) => validating(clock, 'DELETE', () => admission.admitDeletion(old)),
    }),
    measured: (plugins, clock) =>
      plugins.map((plugin) => {
        const { name, operations } = plugin
        const call = measurer((...labels) => durations.with(name, ...labels))
        const [admits, validates] = [call('admit'), call('validate')]
        return {
          name,
          operations,
          ...(plugin.admit && {
            admit: (about) => admits(clock, about.operation, () => plugin.admit!(about)),
          }),
          ...(plugin.validate && {
            validate: (about) => validates(clock, about.operation, () => plugin.validate!(about)),
          }),
        }
      }),
  }
}

/** Measures calls of one type: how long each took, whether it ended at once or later. */
type Measure = <R>(clock: Clock, operation: string, call: () => R | Promise<R>) => R | Promise<R>

function measurer(
  seriesOf: (operation: string, rejected: string, type: string) => Histogram,
): (type: string) => Measure {
  return (type) => {
    // A write asks dozens of plugins, and most have nothing to say: looking up a series must cost next to nothing.
    const known = (rejected: boolean): ((operation: string) => Histogram) => {
      const series = new Map<string, Histogram>()
      const make = (operation: string): Histogram => seriesOf(operation, String(rejected), type)
      return (operation) => series.getOrInsertComputed(operation, make)
    }
    const [passed, rejected] = [known(false), known(true)]
    return (clock, operation, call) => {
      const startMs = clock.monotonic()
      const observe = (of: typeof passed): void =>
        of(operation).observe((clock.monotonic() - startMs) / 1000)
      const refuse = (error: unknown): never => {
        observe(rejected)
        throw error
      }
      const pass = <R>(result: R): R => {
        observe(passed)
        return result
      }
      try {
        const result = call()
        return result instanceof Promise ? result.then(pass, refuse) : pass(result)
      } catch (error) {
        return refuse(error)
      }
    }
  }
}
