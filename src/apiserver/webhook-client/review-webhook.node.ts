import type { IncomingMessage } from 'node:http'
import { backoffMs } from '../../base/backoff.ts'
import { sleep, type Clock } from '../../base/clock.ts'
import type { Random } from '../../base/random.ts'
import { createConnections, type Connections } from '../../client/connections.node.ts'
import { followKubeconfig } from '../../client/kubeconfig.node.ts'
import type { ReviewWebhook } from './review-webhook.ts'

interface Platform {
  readonly clock: Clock
  readonly random: Random
  /** How long the first wait is before it is asked once more. */
  readonly retryBackoffMs?: number
}

const ATTEMPTS_MAX = 5
const BACKOFF_MS = 500
const BACKOFF = { maxMs: Infinity, factor: 1.5, jitter: 0.2 }
const ANSWER_BYTES_MAX = 1024 * 1024

/**
 * A webhook that a kubeconfig file describes, and describes anew whenever credentials have been renewed: the server's URL is
 * the webhook's. Throws `KubeconfigError`.
 */
export async function kubeconfigWebhook(
  file: string,
  platform: Platform,
): Promise<ReviewWebhook & Disposable> {
  const access = await followKubeconfig(file, { clock: platform.clock })
  const connections = createConnections({ ...access, userAgent: 'kube-apiserver' })
  return {
    ask: (review, { timeoutMs }) => ask(connections, review, timeoutMs, platform),
    [Symbol.dispose]: () => connections[Symbol.dispose](),
  }
}

async function ask(
  connections: Connections,
  review: object,
  timeoutMs: number,
  { clock, random, retryBackoffMs: baseMs = BACKOFF_MS }: Platform,
): Promise<unknown> {
  const timeout = new AbortController()
  using _ = clock.after(timeoutMs, () => timeout.abort(new Error('context deadline exceeded')))
  const { signal } = timeout
  for (let attempt = 1; ; attempt++) {
    const answer = await once(connections, review, signal)
    if ('value' in answer) return answer.value
    if (!answer.mayPass || attempt === ATTEMPTS_MAX) throw answer.error
    await sleep(clock, backoffMs({ ...BACKOFF, baseMs }, attempt, random), { signal })
  }
}

type Answer =
  | { readonly value: unknown }
  /** `mayPass`: the next attempt may go well. */
  | { readonly error: Error; readonly mayPass: boolean }

async function once(
  connections: Connections,
  review: object,
  signal: AbortSignal,
): Promise<Answer> {
  const http = { method: 'POST', path: '', contentType: 'application/json', body: review } as const
  let response: IncomingMessage
  try {
    response = await connections.send(http, { signal })
  } catch (error) {
    if (signal.aborted) throw error
    return { error: error as Error, mayPass: true }
  }
  const { statusCode = 0 } = response
  const body = await readText(response)
  // A redirect is no answer: what was sent is meant for nobody else.
  if (statusCode >= 200 && statusCode < 300) return { value: JSON.parse(body) as unknown }
  const mayPass = statusCode >= 500 || statusCode === 429
  return { error: new Error(`the webhook answered with status ${statusCode}`), mayPass }
}

async function readText(response: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of response.setEncoding('utf8')) {
    body += String(chunk)
    if (body.length <= ANSWER_BYTES_MAX) continue
    response.destroy()
    throw new Error(`the answer has more than ${ANSWER_BYTES_MAX} bytes`)
  }
  return body
}
