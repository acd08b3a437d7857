import type { HttpExchange } from './exchange.ts'

/** One thing that can be well or not. */
export interface HealthCheck {
  /** As it stands in paths and reports: `ping`, `etcd`, `poststarthook/rbac/bootstrap-roles`. */
  readonly name: string
  /** Throws, or rejects, with the reason why it is not well. */
  check(): void | Promise<void>
}

export interface HealthReport {
  readonly status: 200 | 500
  readonly text: string
  /** What failed and why: for the log alone, since the report itself is public. */
  readonly failures: readonly { readonly name: string; readonly reason: string }[]
}

/** Is well as long as anybody answers. */
export const ping: HealthCheck = { name: 'ping', check: () => undefined }

const HEADERS = {
  'content-type': 'text/plain; charset=utf-8',
  'x-content-type-options': 'nosniff',
} as const

/**
 * Answers `/NAME` and `/NAME/CHECK`, where NAME is healthz, livez or readyz, in upstream's text format
 * (https://kubernetes.io/docs/reference/using-api/health-checks/). Returns what failed; undefined when the path is
 * none of these.
 */
export async function answerHealth(
  exchange: HttpExchange,
  name: string,
  checks: readonly HealthCheck[],
): Promise<HealthReport | undefined> {
  const report = await healthReport(exchange.path, exchange.query, name, checks)
  if (report) exchange.respond(report.status, HEADERS, new TextEncoder().encode(report.text))
  return report
}

/** The answer itself; undefined when the path is none of this endpoint's. */
export async function healthReport(
  path: string,
  query: string,
  name: string,
  checks: readonly HealthCheck[],
): Promise<HealthReport | undefined> {
  const all = checks.length > 0 ? checks : [ping]
  if (path === `/${name}`) return reportAll(name, all, new URLSearchParams(query))
  const prefix = `/${name}/`
  const one = path.startsWith(prefix)
    ? all.find((check) => check.name === path.slice(prefix.length))
    : undefined
  return one && reportOne(one)
}

async function reportAll(
  name: string,
  checks: readonly HealthCheck[],
  query: URLSearchParams,
): Promise<HealthReport> {
  const excluded = new Set(query.getAll('exclude'))
  const results = await Promise.all(
    checks.map(async (check) => ({
      name: check.name,
      excluded: excluded.has(check.name),
      reason: excluded.has(check.name) ? undefined : await problemOf(check),
    })),
  )
  const failures = results.flatMap(({ name, reason }) =>
    reason === undefined ? [] : [{ name, reason }],
  )
  const unmatched = [...excluded].filter((each) => !checks.some((check) => check.name === each))
  const lines = results.map(lineOf).join('') + warningOf(unmatched)

  if (failures.length > 0) return { status: 500, text: `${lines}${name} check failed\n`, failures }
  const text = query.has('verbose') ? `${lines}${name} check passed\n` : 'ok'
  return { status: 200, text, failures }
}

async function reportOne(check: HealthCheck): Promise<HealthReport> {
  const reason = await problemOf(check)
  if (reason === undefined) return { status: 200, text: 'ok', failures: [] }
  const text = `internal server error: ${reason}\n`
  return { status: 500, text, failures: [{ name: check.name, reason }] }
}

function lineOf(result: {
  readonly name: string
  readonly excluded: boolean
  readonly reason: string | undefined
}): string {
  if (result.excluded) return `[+]${result.name} excluded: ok\n`
  return result.reason === undefined
    ? `[+]${result.name} ok\n`
    : `[-]${result.name} failed: reason withheld\n`
}

function warningOf(unmatched: readonly string[]): string {
  if (unmatched.length === 0) return ''
  const names = unmatched.toSorted().map((name) => JSON.stringify(name))
  return `warn: some health checks cannot be excluded: no matches for ${names.join(',')}\n`
}

async function problemOf(check: HealthCheck): Promise<string | undefined> {
  try {
    await check.check()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
