import type { RequestInfo } from './request-info.ts'

/** What tells one kind of request from another in metrics, in upstream's words. */
export interface RequestLabels {
  /** In capitals: `GET`, `LIST`, `APPLY`, `CONNECT`, … */
  readonly verb: string
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly subresource: string
  /** `resource` for one object, `namespace`, or `cluster`. */
  readonly scope: string
}

/** Counts what the server does. */
export interface RequestMetrics {
  answered(labels: RequestLabels, code: number, seconds: number): void
  /** A stream begins. Call what comes back when it has ended. */
  streaming(labels: RequestLabels): () => void
}

const VERBS: Readonly<Record<string, string>> = { create: 'POST', update: 'PUT' }

export function labelsOf(info: RequestInfo, isConnect: boolean): RequestLabels {
  if (info.type === 'nonResource') {
    const verb = info.verb.toUpperCase()
    return { verb, group: '', version: '', resource: '', subresource: info.path, scope: '' }
  }
  const { group, version, resource, subresource = '', verb, name, namespace } = info.request
  const scope = name !== undefined ? 'resource' : namespace !== undefined ? 'namespace' : 'cluster'
  const named = isConnect ? 'CONNECT' : (VERBS[verb] ?? verb.toUpperCase())
  return { verb: named, group, version, resource, subresource, scope }
}
