import { systemClock } from '../../base/clock.node.ts'
import { nodeCrypto } from '../../base/crypto.node.ts'
import { silentLogger } from '../../base/logger.ts'
import { renewPki } from '../../pki/cluster-pki.ts'
import { serveTls } from '../../serving/tls-server.node.ts'
import { httpsWebhooks } from '../webhook-client/webhook-caller.node.ts'
import type { WebhookCaller } from '../webhook-client/webhook-caller.ts'

export interface ConversionReviewValue {
  readonly request: {
    readonly uid: string
    readonly desiredAPIVersion: string
    readonly objects: readonly TestObject[]
  }
}

/** An object as a webhook in a test sees it. */
export interface TestObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: Readonly<Record<string, unknown>>
  readonly [field: string]: unknown
}

export interface TestWebhook extends AsyncDisposable {
  /** The `conversion` of a definition. */
  readonly conversion: object
  /** To hand to the server. */
  readonly webhooks: WebhookCaller
  /** How many reviews came. */
  readonly calls: number
  /** What reviews are answered with from now on, a whole text or a value; `undefined` for no answer at all. */
  answerWith(answer: (review: ConversionReviewValue) => unknown): void
}

/** A conversion webhook on HTTPS that does as it is told. */
export async function startTestWebhook(): Promise<TestWebhook> {
  const { pki } = renewPki(new Map(), { crypto: nodeCrypto(), clock: systemClock })
  const webhooks = httpsWebhooks()
  let answer: (review: ConversionReviewValue) => unknown = () => ''
  let calls = 0
  const server = await serveTls({
    clock: systemClock,
    logger: silentLogger,
    hosts: ['127.0.0.1'],
    port: 0,
    credentials: { ...pki.apiServer, clientAuthorities: {} },
    handler: async (exchange) => {
      calls += 1
      const body = await exchange.body(10_000_000)
      const review = JSON.parse(new TextDecoder().decode(body)) as ConversionReviewValue
      const value = answer(review)
      if (value === undefined) return new Promise(() => undefined)
      const text = typeof value === 'string' ? value : JSON.stringify(value)
      exchange.respond(200, { 'content-type': 'application/json' }, new TextEncoder().encode(text))
    },
  })
  return {
    webhooks,
    get calls() {
      return calls
    },
    conversion: {
      strategy: 'Webhook',
      webhook: {
        conversionReviewVersions: ['v1'],
        clientConfig: {
          url: `https://127.0.0.1:${server.port}/convert`,
          caBundle: new TextEncoder().encode(pki.ca.certPem).toBase64(),
        },
      },
    },
    answerWith(given) {
      answer = given
    },
    async [Symbol.asyncDispose]() {
      webhooks[Symbol.dispose]()
      await server.close(0)
    },
  }
}

/** The answer to a review, with each object converted. */
export function converted(
  { request }: ConversionReviewValue,
  convert: (object: TestObject, apiVersion: string) => unknown,
): object {
  return {
    kind: 'ConversionReview',
    apiVersion: 'apiextensions.k8s.io/v1',
    response: {
      uid: request.uid,
      result: { status: 'Success' },
      convertedObjects: request.objects.map((object) => convert(object, request.desiredAPIVersion)),
    },
  }
}
