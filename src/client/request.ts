import type { PointInTime } from './point-in-time.ts'

/** What can be asked of the API server. `connect` is a stream: exec, attach, port-forward, proxy, log. */
export type Verb =
  | 'get'
  | 'list'
  | 'watch'
  | 'create'
  | 'update'
  | 'patch'
  | 'delete'
  | 'deletecollection'

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply'

/** The query parameters of a request, by the names they have on the wire. */
export interface RequestOptions {
  readonly labelSelector?: string
  readonly fieldSelector?: string
  /** The labels of a metric, in the custom metrics API. */
  readonly metricLabelSelector?: string
  readonly limit?: number
  readonly continue?: string
  readonly resourceVersion?: string
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan'
  readonly timeoutSeconds?: number
  readonly allowWatchBookmarks?: boolean
  readonly sendInitialEvents?: boolean
  readonly dryRun?: readonly string[]
  readonly fieldManager?: string
  readonly fieldValidation?: 'Ignore' | 'Warn' | 'Strict'
  readonly force?: boolean
  /** Of a get, and refused: it asks for what Kubernetes does not give any more. */
  readonly export?: boolean
}

/** A request to the API as a value: what HTTP spells as method, path, query and body. */
export interface ApiRequest {
  readonly verb: Verb
  readonly group: string
  readonly version: string
  /** The plural, such as `pods`; empty for what a group and version has, which HTTP alone tells. */
  readonly resource: string
  readonly subresource?: string
  /** Absent for cluster-scoped resources, and for all namespaces. */
  readonly namespace?: string
  readonly name?: string
  readonly options?: RequestOptions
  /** Reads the past instead of the present; with get, list and watch. */
  readonly at?: PointInTime
  /** The object of a create or update, the patch document of a patch, the DeleteOptions of a delete. */
  readonly body?: unknown
  readonly patchType?: PatchType
}
