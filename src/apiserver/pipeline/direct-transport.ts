import type { ApiRequest } from '../../client/request.ts'
import type { CallOptions, RawWatchEvent, Transport } from '../../client/transport.ts'
import { authenticated } from '../authentication/authenticated.ts'
import type { UserInfo } from '../authentication/authenticator.ts'
import { deepFreeze } from '../registry/api-object.ts'
import type { Call, Caller, Handler } from './call.ts'
import { eventValue, valueOf } from './values.ts'

export interface DirectTransportOptions {
  readonly handler: Handler
  readonly user: UserInfo
  /** The program, for field managers. */
  readonly userAgent: string
  /** Whether what is sent is frozen, so that a caller who changes it afterwards is found out. */
  readonly freeze: boolean
}

/** Calls the server in the same process: the same pipeline, with objects passed by reference. */
export function directTransport({
  handler,
  user,
  userAgent,
  freeze,
}: DirectTransportOptions): Transport {
  const who = authenticated(user)
  const callOf = (request: ApiRequest, { signal }: CallOptions): Call => {
    signal?.throwIfAborted()
    if (freeze) deepFreeze(request.body)
    return { request, user: who, caller: new DirectCaller(userAgent, signal), warn: ignore }
  }
  return {
    async call(request, options = {}) {
      const answer = await handler(callOf(request, options))
      if (answer.type === 'watch') throw new Error('a watch has more than one answer')
      return valueOf(answer)
    },
    async *watch(request, options = {}): AsyncGenerator<RawWatchEvent> {
      const answer = await handler(callOf(request, options))
      if (answer.type !== 'watch') throw new Error('only a watch can be watched')
      for await (const batch of answer.batches) {
        for (const item of batch.items) yield eventValue(answer.kind, item)
      }
    },
  }
}

class DirectCaller implements Caller {
  readonly userAgent: string
  #signal: AbortSignal | undefined

  constructor(userAgent: string, signal: AbortSignal | undefined) {
    this.userAgent = userAgent
    this.#signal = signal
  }

  get signal(): AbortSignal {
    return (this.#signal ??= new AbortController().signal)
  }
}

function ignore(): void {
  // Warnings are for people.
}
