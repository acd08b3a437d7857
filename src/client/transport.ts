import type { ApiRequest } from './request.ts'

export interface CallOptions {
  readonly signal?: AbortSignal
}

/** One event of a watch, as it comes. */
export interface RawWatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  readonly object: unknown
}

/**
 * Carries requests to an API server: over HTTPS, or by a direct call into the server's request pipeline in the same
 * process. Objects that come back are frozen and may be shared. Objects that are sent belong to the transport from then
 * on: the caller must not change them any more.
 */
export interface Transport {
  /** Answers with the object, list or Status that the server sent. Throws `StatusError` for any failure it reports. */
  call(request: ApiRequest, options?: CallOptions): Promise<unknown>
  /**
   * The events of a watch, until the server ends it or the signal aborts.
   * Throws `StatusError` where the server refuses or ends the watch with an error (410 Gone as `Expired`).
   */
  watch(request: ApiRequest, options?: CallOptions): AsyncIterable<RawWatchEvent>
}
