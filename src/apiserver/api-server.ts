import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { Random } from '../base/random.ts'
import type { Transport } from '../client/transport.ts'
import type { Store } from '../storage/store.ts'
import type { AdmissionPlugin } from './admission/plugin.ts'
import type { UserInfo } from './authentication/authenticator.ts'
import type { Authorizer } from './authorization/authorizer.ts'
import { authorization } from './pipeline/authorize.ts'
import { compose } from './pipeline/call.ts'
import { directTransport } from './pipeline/direct-transport.ts'
import { dispatch } from './pipeline/dispatch.ts'
import type { PipelineEnvironment } from './pipeline/environment.ts'
import { addResources, builtInResources } from './registry/built-in.ts'
import { Registry } from './registry/registry.ts'

export interface ApiServerOptions {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Asked in order; the first that has an opinion decides. */
  readonly authorizers: readonly Authorizer[]
  /** Asked in order. */
  readonly admissionPlugins?: readonly AdmissionPlugin[]
  /** Freeze objects at every depth, so that a component that changes what it was given fails. For tests. */
  readonly freeze?: boolean
}

export interface ApiServer extends AsyncDisposable {
  readonly registry: Registry
  /** A transport for a component of this process, with its own identity. */
  transportFor(user: UserInfo, options?: { readonly userAgent?: string }): Transport
}

/** Makes the API server over a store. It owns neither store nor sockets. */
export function createApiServer(options: ApiServerOptions): ApiServer {
  const { authorizers, freeze = false, admissionPlugins = [] } = options
  const registry = new Registry()
  const env: PipelineEnvironment = { ...options, freeze, admissionPlugins, registry }
  addResources(registry, env, builtInResources())
  const handler = compose([authorization(authorizers)], dispatch(registry, env))
  return {
    registry,
    transportFor: (user, { userAgent = user.name } = {}) =>
      directTransport({ handler, user, userAgent, freeze }),
    async [Symbol.asyncDispose]() {
      registry[Symbol.dispose]()
    },
  }
}
