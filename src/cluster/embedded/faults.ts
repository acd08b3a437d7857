import { abortable, linkedAbort } from '../../base/async.ts'
import { sleep, type Clock } from '../../base/clock.ts'
import type { Random } from '../../base/random.ts'
import { internalError, serviceUnavailable } from '../../apimachinery/status-error.ts'
import type { Answer, Call, Stage } from '../../apiserver/pipeline/call.ts'
import type { ApiRequest } from '../../client/request.ts'

/** Which calls: those to which all that is given applies. */
export interface CallSelector extends Partial<
  Pick<ApiRequest, 'verb' | 'group' | 'resource' | 'subresource' | 'namespace' | 'name'>
> {
  /** Whose: a user's name, or a test of it. Everybody's where absent, but for the cluster's own `client`. */
  readonly user?: string | ((name: string) => boolean)
}

/** What happens to calls. With a delay alone they are slow, and else as ever. */
export interface CallFault extends CallSelector {
  /** The share of these calls that it happens to, from 0 to 1; 1 where absent. */
  readonly share?: number
  /** How much longer they take, in milliseconds of the cluster's clock. */
  readonly delayMs?: number
  /**
   * How they fail: with an error of your own, because the request never reached the server, or because the answer was
   * lost on its way back, when what was asked has been done.
   */
  readonly error?: Error | 'request lost' | 'answer lost'
}

/** The API server itself and the cluster's own client are spared, unless a rule names them. */
const SPARED: readonly string[] = ['system:apiserver', 'kubernetes-admin']

/** What goes wrong between the API server and those who call it. */
export class Faults {
  readonly #clock: Clock
  readonly #random: Random
  readonly #rules = new Set<CallFault>()
  readonly #watches = new Map<AbortController, Call>()
  /** Watches that tell nothing until the promise resolves. */
  readonly #frozen = new Map<CallSelector, Promise<void>>()

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#random = random
  }

  /** Has calls be slow or fail until disposed. */
  add(rule: CallFault): Disposable {
    this.#rules.add(rule)
    return { [Symbol.dispose]: () => void this.#rules.delete(rule) }
  }

  /** Has watches tell nothing until disposed, so that those who follow them know only what was. */
  freezeWatches(selector: CallSelector): Disposable {
    const { promise, resolve } = Promise.withResolvers<void>()
    const rule = { ...selector }
    this.#frozen.set(rule, promise)
    return {
      [Symbol.dispose]: () => {
        this.#frozen.delete(rule)
        resolve()
      },
    }
  }

  /** Ends watches, as a server or a connection does that goes down. Answers how many. */
  dropWatches(selector: CallSelector): number {
    const dropped = [...this.#watches].filter(([, call]) => selects(selector, call))
    for (const [abort] of dropped) abort.abort(new Error('the watch was dropped'))
    return dropped.length
  }

  /** The step of the request pipeline that has it happen. */
  readonly stage: Stage = (next) => async (call) => {
    const { signal } = call.caller
    if (this.#rules.size > 0) await this.#before(call)
    if (call.request.verb === 'watch') return this.#watch(call, next)
    const answer = await next(call)
    for (const rule of this.#rules) {
      if (rule.error === 'answer lost' && selects(rule, call) && this.#strikes(rule))
        throw internalError('the answer was lost')
    }
    signal.throwIfAborted()
    return answer
  }

  async #before(call: Call): Promise<void> {
    for (const rule of this.#rules) {
      if (rule.error === 'answer lost' || !selects(rule, call) || !this.#strikes(rule)) continue
      if (rule.delayMs !== undefined) await sleep(this.#clock, rule.delayMs, call.caller)
      if (rule.error === 'request lost') throw serviceUnavailable('the request was lost')
      if (rule.error) throw rule.error
    }
  }

  #strikes({ share = 1 }: CallFault): boolean {
    return share >= 1 || this.#random.next() < share
  }

  async #watch(call: Call, next: (call: Call) => Promise<Answer>): Promise<Answer> {
    const abort = linkedAbort(call.caller.signal)
    const answer = await next({
      ...call,
      caller: { userAgent: call.caller.userAgent, signal: abort.signal },
    })
    if (answer.type !== 'watch') return answer
    return { ...answer, batches: this.#batches(call, abort, answer.batches) }
  }

  async *#batches<T>(
    call: Call,
    abort: AbortController & Disposable,
    batches: AsyncGenerator<T>,
  ): AsyncGenerator<T> {
    this.#watches.set(abort, call)
    try {
      for await (const batch of batches) {
        await this.#thaw(call, abort.signal)
        yield batch
      }
    } finally {
      this.#watches.delete(abort)
      abort[Symbol.dispose]()
    }
  }

  /** Resolves once nothing keeps a watch from telling what it has, or it ends. */
  async #thaw(call: Call, signal: AbortSignal): Promise<void> {
    for (;;) {
      const found = [...this.#frozen].find(([selector]) => selects(selector, call))
      if (!found || signal.aborted) return
      await abortable(found[1], signal).catch(() => undefined)
    }
  }
}

const FIELDS = ['verb', 'group', 'resource', 'subresource', 'namespace', 'name'] as const

function selects(selector: CallSelector, { request, user }: Call): boolean {
  const who = selector.user
  if (who === undefined ? SPARED.includes(user.name) : !isUser(who, user.name)) return false
  return FIELDS.every((each) => selector[each] === undefined || selector[each] === request[each])
}

function isUser(who: string | ((name: string) => boolean), name: string): boolean {
  return typeof who === 'string' ? who === name : who(name)
}
