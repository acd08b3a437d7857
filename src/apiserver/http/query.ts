import { badRequest } from '../../apimachinery/status-error.ts'
import type { RequestOptions } from '../../client/request.ts'
import type { DeleteOptions } from '../registry/delete-options.ts'

/** The options of a request as HTTP spells them. */
export interface HttpOptions extends RequestOptions, Omit<DeleteOptions, 'preconditions'> {
  readonly watch?: boolean
  readonly pretty?: boolean
  /** What rows of a table hold of their object. */
  readonly includeObject?: string
}

// What Go's strconv.ParseBool takes for yes.
const TRUE = /^(?:1|t|T|TRUE|true|True)$/

type Parse = (values: readonly string[]) => unknown

const OPTIONS: Readonly<Record<keyof Omit<HttpOptions, 'preconditions'>, Parse>> = {
  labelSelector: first,
  metricLabelSelector: first,
  fieldSelector: first,
  limit: integer,
  continue: first,
  resourceVersion: first,
  resourceVersionMatch: first,
  timeoutSeconds: integer,
  allowWatchBookmarks: bool,
  sendInitialEvents: bool,
  dryRun: (values) => values,
  fieldManager: first,
  fieldValidation: first,
  force: bool,
  export: bool,
  gracePeriodSeconds: integer,
  orphanDependents: bool,
  propagationPolicy: first,
  watch: bool,
  pretty: ([value = '']) => (value === '' ? undefined : TRUE.test(value)),
  includeObject: first,
}

/** Reads a query. What it does not know it passes over. Throws `BadRequest` for a number that is none. */
export function parseQuery(query: string): HttpOptions {
  const parameters = new URLSearchParams(query)
  const options: Record<string, unknown> = {}
  for (const name of new Set(parameters.keys())) {
    if (!Object.hasOwn(OPTIONS, name)) continue
    const value = OPTIONS[name as keyof typeof OPTIONS](parameters.getAll(name))
    if (value !== undefined) options[name] = value
  }
  return options
}

function first([value]: readonly string[]): string | undefined {
  return value === '' ? undefined : value
}

// As Go converts them: whatever does not say no means yes.
function bool([value = '']: readonly string[]): boolean {
  return value !== '0' && value.toLowerCase() !== 'false'
}

function integer([value = '']: readonly string[]): number | undefined {
  if (value === '') return undefined
  if (/^[+-]?\d+$/.test(value)) return Number(value)
  throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`)
}
