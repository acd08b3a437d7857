import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import * as k8s from '@kubernetes/client-node'
import { startClientCluster, type ClientCluster } from './client-cluster.node.ts'
import { samples, type Sample } from './samples.ts'

const NAMESPACE = 'samples' // Where Events among the samples say that they happened.

describe('@kubernetes/client-node, with an object of every kind', () => {
  let client: ClientCluster
  let config: k8s.KubeConfig
  before(async () => {
    client = await startClientCluster()
    await client.cluster.apply(`{apiVersion: v1, kind: Namespace, metadata: {name: ${NAMESPACE}}}`)
    config = new k8s.KubeConfig()
    config.loadFromString(readFileSync(client.kubeconfig, 'utf8'))
  })
  after(() => client[Symbol.asyncDispose]())

  for (const sample of samples()) {
    const { apiVersion, kind, metadata } = sample
    test(`${apiVersion} ${kind} ${metadata.name}`, () => liveThrough(config, sample))
  }
})

/** Creates, reads, changes, lists and deletes an object, by both ways that the client has. */
async function liveThrough(config: k8s.KubeConfig, sample: Sample): Promise<void> {
  const untyped = k8s.KubernetesObjectApi.makeApiClient(config)
  const typed = typedApi(config, sample)
  const { name } = sample.metadata
  const given = { ...sample, metadata: { name, ...typed.scope } }

  const created: k8s.KubernetesObject = await untyped.create(given)
  const { uid } = created.metadata!
  const read = await typed.call('read', { name })
  assert.equal(read.metadata?.uid, uid)
  assert.equal((await untyped.read(given)).metadata?.uid, uid)

  const patched = await untyped.patch(
    { ...given, metadata: { ...given.metadata, labels: { by: 'apply' } } },
    undefined,
    undefined,
    'client-node',
    true,
    k8s.PatchStrategy.ServerSideApply,
  )
  assert.deepEqual(patched.metadata?.labels, { by: 'apply', ...created.metadata?.labels })
  // What a typed client writes back is what it read: it must lose nothing on the way.
  const before = await typed.call('read', { name })
  const replaced = await typed.call('replace', { name, body: before })
  assert.equal(replaced.metadata?.generation, before.metadata?.generation)

  const { items = [] } = await typed.call('list', { labelSelector: 'by=apply' })
  assert.deepEqual(
    items.map(({ metadata }) => metadata?.uid),
    [uid],
  )
  await typed.call('delete', { name })
}

interface Answer {
  readonly metadata?: k8s.V1ObjectMeta
  readonly items?: readonly { readonly metadata?: k8s.V1ObjectMeta }[]
}

type Method = (parameters: object) => Promise<Answer>

interface TypedApi {
  readonly scope: { readonly namespace?: string }
  call(verb: string, parameters: object): Promise<Answer>
}

/** The client's class for a version of a group, whose methods are named after verbs, scopes and kinds. */
function typedApi(config: k8s.KubeConfig, { apiVersion, kind }: Sample): TypedApi {
  const [version, group = 'core'] = apiVersion.split('/').toReversed()
  const words = [...group.replace(/\.k8s\.io$/, '').split('.'), version!].map(capitalized)
  const exported = k8s as unknown as Readonly<Record<string, new () => k8s.ApiType>>
  const constructor = exported[`${words.join('')}Api`]
  assert.ok(constructor, `the client has no ${words.join('')}Api`)
  const api = config.makeApiClient(constructor) as unknown as Record<string, Method>
  const isNamespaced = `createNamespaced${kind}` in api
  const scope = isNamespaced ? { namespace: NAMESPACE } : {}
  return {
    scope,
    call: (verb, parameters) =>
      api[`${verb}${isNamespaced ? 'Namespaced' : ''}${kind}`]!({ ...scope, ...parameters }),
  }
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
