import type { Clock } from '../../base/clock.ts'
import type { MetricSet } from '../../base/metrics.ts'
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
  const knownSteps = new Map<string, ReturnType<typeof steps.with>>()
  const step = async <R>(
    clock: Clock,
    operation: string,
    type: string,
    ask: () => R | Promise<R>,
  ): Promise<R> => {
    const startMs = clock.monotonic()
    let rejected = true
    try {
      const result = await ask()
      rejected = false
      return result
    } finally {
      knownSteps
        .getOrInsertComputed(`${operation} ${rejected} ${type}`, () =>
          steps.with(operation, String(rejected), type),
        )
        .observe((clock.monotonic() - startMs) / 1000)
    }
  }
  const operationOf = (old: unknown): string => (old === undefined ? 'CREATE' : 'UPDATE')
  type Observe = (
    name: string,
    operation: string,
    rejected: boolean,
    type: string,
    seconds: number,
  ) => void
  const known = new Map<string, ReturnType<typeof durations.with>>()
  const observe: Observe = (name, operation, rejected, type, seconds) => {
    known
      .getOrInsertComputed(`${name} ${operation} ${rejected} ${type}`, () =>
        durations.with(name, operation, String(rejected), type),
      )
      .observe(seconds)
  }
  return {
    measuredSteps: (admission, clock) => ({
      admit: (object, old) =>
        step(clock, operationOf(old), 'admit', () => admission.admit(object, old)),
      validate: (object, old) =>
        step(clock, operationOf(old), 'validate', () => admission.validate(object, old)),
      admitDeletion: (old) => step(clock, 'DELETE', 'validate', () => admission.admitDeletion(old)),
    }),
    measured: (plugins, clock) =>
      plugins.map((plugin) => {
        const { name, operations } = plugin
        const measure =
          <A extends { readonly operation: string }, R>(
            type: string,
            ask: (about: A) => R | Promise<R>,
          ) =>
          async (about: A): Promise<R> => {
            const startMs = clock.monotonic()
            let rejected = true
            try {
              const result = await ask(about)
              rejected = false
              return result
            } finally {
              const seconds = (clock.monotonic() - startMs) / 1000
              observe(name, about.operation, rejected, type, seconds)
            }
          }
        return {
          name,
          operations,
          ...(plugin.admit && { admit: measure('admit', plugin.admit.bind(plugin)) }),
          ...(plugin.validate && { validate: measure('validate', plugin.validate.bind(plugin)) }),
        }
      }),
  }
}
