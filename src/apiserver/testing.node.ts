import assert from 'node:assert/strict'
import { systemClock } from '../base/clock.node.ts'
import { StatusError } from '../apimachinery/status-error.ts'
import type { ApiRequest } from '../client/request.ts'
import type { Transport } from '../client/transport.ts'
import type { ApiObject } from './registry/api-object.ts'
import { testApiServer, type TestApiServer, type TestApiServerOptions } from './testing.ts'

/** An API server by the machine's clock. */
export function startTestServer(
  options: Partial<TestApiServerOptions> = {},
): Promise<TestApiServer> {
  return testApiServer({ clock: systemClock, ...options })
}

export interface ListValue {
  readonly kind: string
  readonly metadata: {
    readonly resourceVersion: string
    readonly continue?: string
    readonly remainingItemCount?: number
  }
  readonly items: readonly ApiObject[]
}

type More = Partial<Omit<ApiRequest, 'verb'>>

/** Calls on one resource, for short tests. */
export class ResourceCalls {
  readonly #transport: Transport
  readonly #target: Pick<ApiRequest, 'group' | 'version' | 'resource' | 'namespace'>

  constructor(transport: Transport, groupVersion: string, resource: string, namespace?: string) {
    const [group, version] = groupVersion.includes('/')
      ? groupVersion.split('/')
      : ['', groupVersion]
    this.#transport = transport
    this.#target = {
      group: group!,
      version: version!,
      resource,
      ...(namespace !== undefined && { namespace }),
    }
  }

  call<T = ApiObject>(verb: ApiRequest['verb'], more: More = {}): Promise<T> {
    return this.#transport.call({ ...this.#target, verb, ...more }) as Promise<T>
  }

  create(body: unknown, more: More = {}): Promise<ApiObject> {
    return this.call('create', { body, ...more })
  }

  get(name: string, more: More = {}): Promise<ApiObject> {
    return this.call('get', { name, ...more })
  }

  list(options: NonNullable<ApiRequest['options']> = {}): Promise<ListValue> {
    return this.call('list', { options })
  }

  update(body: ApiObject, more: More = {}): Promise<ApiObject> {
    return this.call('update', { name: body.metadata.name!, body, ...more })
  }

  patch(name: string, body: unknown, more: More = {}): Promise<ApiObject> {
    return this.call('patch', { name, body, patchType: 'merge', ...more })
  }

  delete(name: string, body?: unknown, more: More = {}): Promise<ApiObject> {
    return this.call('delete', { name, ...(body !== undefined && { body }), ...more })
  }

  /** Collects `TYPE NAME` of events until `done` says it is enough. */
  async watch(
    options: NonNullable<ApiRequest['options']>,
    done: (seen: readonly string[]) => boolean,
    more: More = {},
  ): Promise<readonly string[]> {
    const seen: string[] = []
    const events = this.#transport.watch({ ...this.#target, verb: 'watch', options, ...more })
    for await (const { type, object } of events) {
      const { name = '' } = (object as ApiObject).metadata
      seen.push(name === '' ? type : `${type} ${name}`)
      if (done(seen)) break
    }
    return seen
  }
}

/** Matches a StatusError, for `assert.rejects`. */
export function statusWith(expected: {
  readonly code: number
  readonly reason?: string
  readonly message?: string | RegExp
}): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof StatusError, String(error))
    assert.equal(error.status.code, expected.code, error.message)
    if (expected.reason !== undefined) assert.equal(error.status.reason, expected.reason)
    const { message } = expected
    if (typeof message === 'string') assert.equal(error.message, message)
    else if (message) assert.match(error.message, message)
    return true
  }
}
