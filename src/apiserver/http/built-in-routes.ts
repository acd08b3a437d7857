import { JSON_TYPE } from '../../apimachinery/media-types.ts'
import type { Logger } from '../../base/logger.ts'
import { encodeJson } from '../../schema/json.ts'
import { answerHealth, type HealthCheck } from '../../serving/health.ts'
import { utf8 } from '../base/bytes.ts'
import type { HealthMetrics } from '../metrics/health-metrics.ts'
import type { PathHandler, Route } from './router.ts'
import type { VersionInfo } from './version.ts'

export interface BuiltInRoutesOptions {
  readonly version: VersionInfo
  /** What must be well for the server to be alive. */
  readonly livenessChecks: () => readonly HealthCheck[]
  /** What must be well, beyond that, for it to be ready. */
  readonly readinessChecks: () => readonly HealthCheck[]
  readonly health: HealthMetrics | undefined
  readonly logger: Logger
}

/** The paths that every server answers by itself. */
export function builtInRoutes(options: BuiltInRoutesOptions): readonly Route[] {
  const { version, livenessChecks, readinessChecks } = options
  const all = (): readonly HealthCheck[] => [...livenessChecks(), ...readinessChecks()]
  return [
    ...healthRoutes('healthz', livenessChecks, options),
    ...healthRoutes('livez', livenessChecks, options),
    ...healthRoutes('readyz', all, options),
    { path: '/version', handler: json(version) },
    { path: '/version/', handler: json(version) },
  ]
}

function healthRoutes(
  name: string,
  checks: () => readonly HealthCheck[],
  { logger, health }: BuiltInRoutesOptions,
): readonly Route[] {
  const handler: PathHandler = async (exchange) => {
    const measured = health?.measured(checks(), name) ?? checks()
    const report = await answerHealth(exchange, name, measured)
    if (!report)
      exchange.respond(
        404,
        { 'content-type': 'text/plain; charset=utf-8' },
        utf8('404 page not found\n'),
      )
    for (const failure of report?.failures ?? []) logger.warn('health check failed', failure)
  }
  return [
    { path: `/${name}`, handler },
    { path: `/${name}/`, handler },
  ]
}

/** Answers with a value that does not change. */
export function json(value: object): PathHandler {
  return (exchange) =>
    exchange.respond(200, { 'content-type': JSON_TYPE }, utf8(`${encodeJson(value)}\n`))
}
