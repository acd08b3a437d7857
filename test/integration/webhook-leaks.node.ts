// Has requests fail by webhooks that never answer or answer nonsense, and prints which kinds of handles, timers and
// requests are there afterwards that were not before.
import { ValidatingWebhookConfiguration } from '../../src/api/admissionregistration/v1/validating-webhook-configuration.ts'
import { eventually } from '../../src/base/async-eventually.node.ts'
import { ConfigMap } from '../../src/api/core/v1/config-map.ts'
import { startAdmissionWebhook } from '../../src/apiserver/admission/testing-webhook.node.ts'
import { Cluster } from '../../src/index.ts'

const FAILING = 50

await using webhook = await startAdmissionWebhook()
await using cluster = await Cluster.start({ nodes: 0 })
webhook.on('/answers', () => ({ allowed: true }))
webhook.on('/hangs', () => undefined)
webhook.on('/nonsense', () => '<html>')
for (const name of ['answers', 'hangs', 'nonsense']) {
  await cluster.client.create(ValidatingWebhookConfiguration, {
    metadata: { name },
    webhooks: [
      {
        name: `${name}.example.com`,
        clientConfig: webhook.clientConfig(`/${name}`),
        rules: [
          {
            apiGroups: [''],
            apiVersions: ['v1'],
            operations: ['CREATE'],
            resources: ['configmaps'],
          },
        ],
        objectSelector: { matchLabels: { by: name } },
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        timeoutSeconds: 1,
      },
    ],
  })
}

const create = (name: string, by: string): Promise<unknown> =>
  cluster.client.create(ConfigMap, { metadata: { name, namespace: 'default', labels: { by } } })

await cluster.eventually(async () => {
  const refused = await create('known', 'nonsense').then(
    () => false,
    () => true,
  )
  if (!refused) await cluster.client.delete(ConfigMap, { namespace: 'default', name: 'known' })
  return refused
})
const round = async (number: number): Promise<number> => {
  const creating = Array.from({ length: FAILING }, (_, i) =>
    create(`fails-${number}-${i}`, i % 2 ? 'hangs' : 'nonsense'),
  )
  const outcomes = await Promise.allSettled(creating)
  await create(`answers-${number}`, 'answers')
  return outcomes.filter(({ status }) => status === 'rejected').length
}

// The connections of the first round are kept for the next.
const failed = [await round(1)]
const before = process.getActiveResourcesInfo()
for (const number of [2, 3, 4]) failed.push(await round(number))
const left = (): readonly string[] => more(process.getActiveResourcesInfo(), before)
await eventually(() => left().length === 0).catch(() => undefined)
console.log(JSON.stringify({ failed, left: left() }))

function more(after: readonly string[], earlier: readonly string[]): readonly string[] {
  const rest = [...earlier]
  return after.filter((each) => {
    const at = rest.indexOf(each)
    if (at >= 0) rest.splice(at, 1)
    return at < 0
  })
}
