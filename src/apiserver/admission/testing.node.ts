import { after, before } from 'node:test'
import type { ApiObject } from '../registry/api-object.ts'
import { startSecureTestServer, type SecureTestServer } from '../testing-secure.node.ts'
import type { ResourceCalls } from '../testing.node.ts'
import { httpsWebhooks } from '../webhook-client/webhook-caller.node.ts'
import { startAdmissionWebhook, type AdmissionWebhook } from './testing-webhook.node.ts'

const API = 'admissionregistration.k8s.io/v1'

export interface AdmissionSuite {
  readonly server: SecureTestServer
  readonly webhook: AdmissionWebhook
  /** Stores a configuration, and resolves once the server acts by it. Deleted again by disposing it. */
  configure(plural: string, object: object): Promise<AsyncDisposable>
  /** ConfigMaps of the namespace `default`. */
  readonly configMaps: ResourceCalls
}

/** A server and a webhook for the tests of one file. */
export function admissionSuite(): AdmissionSuite {
  const webhooks = httpsWebhooks()
  let [server, webhook]: [SecureTestServer?, AdmissionWebhook?] = []
  before(async () => {
    webhook = await startAdmissionWebhook()
    server = await startSecureTestServer({ webhooks, plugins: { disabled: ['ServiceAccount'] } })
  })
  after(async () => {
    await server?.[Symbol.asyncDispose]()
    webhooks[Symbol.dispose]()
    await webhook?.[Symbol.asyncDispose]()
  })
  return {
    get server() {
      return server!
    },
    get webhook() {
      return webhook!
    },
    get configMaps() {
      return server!.calls('v1', 'configmaps', 'default')
    },
    async configure(plural, object) {
      const calls = server!.calls(API, plural)
      const created = await calls.create(object)
      await seen(calls, created)
      return {
        async [Symbol.asyncDispose]() {
          const { metadata } = created
          await calls.delete(metadata.name!)
          await seen(calls, created, 'DELETED')
        },
      }
    },
  }
}

/**
 * Resolves once a watch that began after those of the server has told of an object or of its deletion; they have been
 * told then too.
 */
async function seen(calls: ResourceCalls, { metadata }: ApiObject, type = 'ADDED'): Promise<void> {
  const { name = '', resourceVersion = '' } = metadata
  const event = `${type} ${name}`
  const from = String(Number(resourceVersion) - (type === 'ADDED' ? 1 : 0))
  await calls.watch({ resourceVersion: from }, (events) => events.includes(event))
  await new Promise((resolve) => setImmediate(resolve))
}

/** A ConfigMap. */
export function configMap(name: string, data: Readonly<Record<string, string>> = {}): object {
  return { metadata: { name }, data }
}
