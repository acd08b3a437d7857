import { systemClock } from '../../base/clock.node.ts'
import { nodeCrypto } from '../../base/crypto.node.ts'
import { silentLogger } from '../../base/logger.ts'
import { renewPki } from '../../pki/cluster-pki.ts'
import { serveTls } from '../../serving/tls-server.node.ts'

/** What a webhook in a test is asked. */
export interface ReviewRequest {
  readonly uid: string
  readonly operation: string
  readonly name?: string
  readonly namespace?: string
  readonly dryRun: boolean
  readonly kind: Readonly<Record<string, string>>
  readonly requestKind: Readonly<Record<string, string>>
  readonly object: ReviewObject | null
  readonly oldObject: ReviewObject | null
}

export interface ReviewObject {
  readonly kind: string
  readonly apiVersion: string
  readonly metadata: {
    readonly name?: string
    readonly labels?: Readonly<Record<string, string>>
  }
  readonly data?: Readonly<Record<string, string>>
  readonly [field: string]: unknown
}

/** Answers a review: the response without its uid, a whole text, or where else to ask; `undefined` for no answer at all. */
export type ReviewHandler = (request: ReviewRequest) => object | string | URL | undefined

export interface AdmissionWebhook extends AsyncDisposable {
  /** From now on reviews that come to a path are answered so. */
  on(path: string, handler: ReviewHandler): void
  /** The `clientConfig` of a path. */
  clientConfig(path: string): { readonly url: string; readonly caBundle: string }
  /** The `clientConfig` of a Service, which has to lead here. */
  readonly caBundle: string
  readonly port: number
  /** How many reviews came to a path. */
  calls(path: string): number
}

/** An admission webhook on HTTPS that does as it is told. */
export async function startAdmissionWebhook(): Promise<AdmissionWebhook> {
  const { pki } = renewPki(new Map(), { crypto: nodeCrypto(), clock: systemClock })
  const handlers = new Map<string, ReviewHandler>()
  const calls = new Map<string, number>()
  const server = await serveTls({
    clock: systemClock,
    logger: silentLogger,
    hosts: ['127.0.0.1'],
    port: 0,
    credentials: { ...pki.apiServer, clientAuthorities: {} },
    handler: async (exchange) => {
      const path = exchange.path
      calls.set(path, (calls.get(path) ?? 0) + 1)
      const body = await exchange.body(10_000_000)
      const review = JSON.parse(new TextDecoder().decode(body)) as {
        readonly request: ReviewRequest
      }
      const answer = handlers.get(path)?.(review.request)
      if (answer === undefined) return new Promise(() => undefined)
      if (answer instanceof URL) return exchange.respond(307, { location: answer.href })
      const text = typeof answer === 'string' ? answer : reviewText(review.request.uid, answer)
      exchange.respond(200, { 'content-type': 'application/json' }, new TextEncoder().encode(text))
    },
  })
  const caBundle = new TextEncoder().encode(pki.ca.certPem).toBase64()
  return {
    on: (path, handler) => void handlers.set(path, handler),
    clientConfig: (path) => ({ url: `https://127.0.0.1:${server.port}${path}`, caBundle }),
    caBundle,
    port: server.port,
    calls: (path) => calls.get(path) ?? 0,
    [Symbol.asyncDispose]: () => server.close(0),
  }
}

function reviewText(uid: string, response: object): string {
  return JSON.stringify({
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    response: { uid, ...response },
  })
}

/** A response that lets the request pass with changes. */
export function patchedBy(...operations: readonly object[]): object {
  const patch = new TextEncoder().encode(JSON.stringify(operations)).toBase64()
  return { allowed: true, patchType: 'JSONPatch', patch }
}

/** A response that refuses. */
export function deniedWith(message: string): object {
  return { allowed: false, status: { message } }
}
