import assert from 'node:assert/strict'
import { after, before, describe } from 'node:test'
import {
  deniedWith,
  patchedBy,
  startAdmissionWebhook,
  type AdmissionWebhook,
  type ReviewHandler,
} from '../../../src/apiserver/admission/testing-webhook.node.ts'
import { DEFINITIONS, define, definition } from '../apiextensions/crontabs.ts'
import { conformance } from '../conformance.ts'
import type { Answer } from '../rest.node.ts'
import { suite } from '../suite.node.ts'
import { ADMISSION, configure, nextEvent, type Configured } from './configure.ts'

type Kind = 'mutating' | 'validating'

function rule(resources: readonly string[], operations = ['*'], apiGroups = ['*']): object {
  return { operations, apiGroups, apiVersions: ['*'], resources }
}

describe('admission webhooks', () => {
  const api = suite({ nodes: 1 })
  let hook: AdmissionWebhook
  before(async () => {
    hook = await startAdmissionWebhook()
  })
  after(() => hook[Symbol.asyncDispose]())

  /** A webhook for what is in one namespace. */
  const webhookOf = (namespace: string, path: string, rules: readonly object[]): object => ({
    name: `${path.slice(1)}.conformance.example.com`,
    rules,
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    clientConfig: hook.clientConfig(path),
  })
  const register = (
    kind: Kind,
    name: string,
    webhooks: readonly object[],
    labels: object = {},
  ): Promise<Configured> =>
    configure(api.rest, `${kind}webhookconfigurations`, { metadata: { name, labels }, webhooks })
  const one = (
    kind: Kind,
    namespace: string,
    handler: ReviewHandler,
    rules: readonly object[],
    more: object = {},
  ): Promise<Configured> => {
    hook.on(`/${namespace}`, handler)
    const webhook = { ...webhookOf(namespace, `/${namespace}`, rules), ...more }
    return register(kind, namespace, [webhook])
  }
  const create = (path: string, body: object): Promise<Answer> =>
    api.rest.call('POST', path, { body })
  const message = ({ body }: Answer): string => String(body['message'])
  const configMap = (name: string, data: object = {}): object => ({ metadata: { name }, data })
  const CONFIG_MAPS = [rule(['configmaps'])]
  const MARK: ReviewHandler = () => patchedBy({ op: 'add', path: '/data/mutated', value: 'yes' })
  const REFUSE: ReviewHandler = () => deniedWith('the configmap is unwanted')

  for (const kind of ['mutating', 'validating'] as const) {
    const plural = `${kind}webhookconfigurations`
    const isMutating = kind === 'mutating'
    const handler = isMutating ? MARK : REFUSE
    const tryOut = async (path: string, name: string): Promise<boolean> => {
      const { status, body } = await create(`${path}/configmaps`, configMap(name, { a: 'b' }))
      if (!isMutating) return status >= 400
      return (body['data'] as Readonly<Record<string, string>>)['mutated'] === 'yes'
    }

    const list = async (): Promise<void> => {
      const path = await api.namespace(`list-${kind}`)
      hook.on(`/list-${kind}`, handler)
      for (let i = 0; i < 10; i++) {
        const webhook = webhookOf(`list-${kind}`, `/list-${kind}`, CONFIG_MAPS)
        await register(kind, `list-${kind}-${i}`, [webhook], { listed: kind })
      }
      const selected = `${ADMISSION}/${plural}?labelSelector=listed%3D${kind}`
      const { items = [], metadata } = await api.rest.get(selected)
      assert.equal(items.length, 10)
      assert.equal(await tryOut(path, 'before'), true)
      await api.rest.call('DELETE', selected)
      await nextEvent(api.rest, plural, metadata.resourceVersion)
      assert.equal((await api.rest.get(selected)).items?.length, 0)
      assert.equal(await tryOut(path, 'after'), false)
    }
    const change = async (): Promise<void> => {
      const path = await api.namespace(`change-${kind}`)
      const webhook = webhookOf(`change-${kind}`, `/change-${kind}`, CONFIG_MAPS)
      hook.on(`/change-${kind}`, handler)
      await using configured = await register(kind, `change-${kind}`, [webhook])
      await configured.change({
        webhooks: [{ ...webhook, rules: [rule(['configmaps'], ['UPDATE'])] }],
      })
      assert.equal(await tryOut(path, 'updates-only'), false)
      await configured.change({
        webhooks: [{ ...webhook, rules: [rule(['configmaps'], ['CREATE'])] }],
      })
      assert.equal(await tryOut(path, 'creates'), true)
    }
    const conditions = async (): Promise<void> => {
      const webhook = (expression: string): object => ({
        ...webhookOf('none', `/conditions-${kind}`, CONFIG_MAPS),
        matchConditions: [{ name: 'c', expression }],
      })
      await using configured = await register(kind, `conditions-${kind}`, [webhook('true')])
      await configured.change({ webhooks: [webhook("object.metadata.name != 'x'")] })
      const { webhooks } = await api.rest.get(configured.path)
      assert.deepEqual((webhooks as { readonly matchConditions: unknown }[])[0]!.matchConditions, [
        { name: 'c', expression: "object.metadata.name != 'x'" },
      ])
    }
    const badConditions = async (): Promise<void> => {
      const answer = await create(`${ADMISSION}/${plural}`, {
        metadata: { name: 'bad' },
        webhooks: [
          {
            ...webhookOf('none', '/bad', CONFIG_MAPS),
            matchConditions: [{ name: 'c', expression: "object.metadata.namespace != '" }],
          },
        ],
      })
      assert.match(message(answer), /compilation failed/)
    }
    if (isMutating) {
      conformance(
        '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] listing mutating webhooks should work [Conformance]',
        list,
      )
      conformance(
        '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] patching/updating a mutating webhook should work [Conformance]',
        change,
      )
      conformance(
        '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should be able to create and update mutating webhook configurations with match conditions [Conformance]',
        conditions,
      )
      conformance(
        '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should reject mutating webhook configurations with invalid match conditions [Conformance]',
        badConditions,
      )
    } else {
      conformance(
        '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] listing validating webhooks should work [Conformance]',
        list,
      )
      conformance(
        '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] patching/updating a validating webhook should work [Conformance]',
        change,
      )
      conformance(
        '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should be able to create and update validating webhook configurations with match conditions [Conformance]',
        conditions,
      )
      conformance(
        '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should reject validating webhook configurations with invalid match conditions [Conformance]',
        badConditions,
      )
    }
  }

  conformance(
    '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should be able to deny attaching pod [Conformance]',
    async () => {
      const path = await api.namespace('attach')
      const containers = [{ name: 'c', image: 'x' }]
      await api.rest.post(`${path}/pods`, { metadata: { name: 'a' }, spec: { containers } })
      await using _ = await one(
        'validating',
        'attach',
        ({ operation }) => deniedWith(`attaching to pod is not allowed: ${operation}`),
        [rule(['pods/attach'], ['CONNECT'])],
      )
      const answer = await api.rest.call('POST', `${path}/pods/a/attach?container=c&stdin=true`)
      assert.match(message(answer), /attaching to pod is not allowed: CONNECT/)
    },
  )

  conformance(
    '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should be able to deny custom resource creation, update and deletion [Conformance]',
    async () => {
      await api.namespace('deny-custom')
      const group = 'deny.example.com'
      await define(api.rest, definition('denieds', [{ name: 'v1' }], { group }))
      const path = `/apis/${group}/v1/namespaces/deny-custom/denieds`
      const custom = (name: string, data: object): object => ({
        apiVersion: `${group}/v1`,
        kind: 'Denied',
        metadata: { name },
        data,
      })
      const { metadata } = await api.rest.post(path, custom('there', { a: 'ok' }))
      const handler: ReviewHandler = ({ operation, object }) =>
        operation === 'DELETE' || object?.data?.['a'] === 'bad'
          ? deniedWith('the custom resource contains unwanted data')
          : { allowed: true }
      await using _ = await one('validating', 'deny-custom', handler, [rule(['denieds'])])
      const unwanted = /the custom resource contains unwanted data/
      assert.match(message(await create(path, custom('bad', { a: 'bad' }))), unwanted)
      const body = { ...custom('there', { a: 'bad' }), metadata }
      assert.match(message(await api.rest.call('PUT', `${path}/there`, { body })), unwanted)
      assert.match(message(await api.rest.call('DELETE', `${path}/there`)), unwanted)
    },
  )

  conformance(
    '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should be able to deny pod and configmap creation [Conformance]',
    async () => {
      const path = await api.namespace('deny')
      const other = await api.namespace('deny-not')
      const handler: ReviewHandler = ({ name, object }) => {
        if (name === 'hangs') return undefined
        return name === 'bad' || object?.data?.['bad'] ? deniedWith('unwanted') : { allowed: true }
      }
      await using _ = await one(
        'validating',
        'deny',
        handler,
        [rule(['pods', 'configmaps'], ['CREATE', 'UPDATE'])],
        { timeoutSeconds: 1 },
      )
      const pod = (name: string): object => ({
        metadata: { name },
        spec: { containers: [{ name: 'c', image: 'x' }] },
      })
      assert.match(message(await create(`${path}/pods`, pod('bad'))), /unwanted/)
      assert.match(message(await create(`${path}/pods`, pod('hangs'))), /deadline/)
      assert.match(
        message(await create(`${path}/configmaps`, configMap('a', { bad: 'x' }))),
        /unwanted/,
      )
      const good = await api.rest.post(`${path}/configmaps`, configMap('good', { a: 'x' }))
      const at = `${path}/configmaps/good`
      const body = { ...good, data: { bad: 'x' } }
      assert.match(message(await api.rest.call('PUT', at, { body })), /unwanted/)
      await assert.rejects(api.rest.patch(at, { data: { bad: 'x' } }), /unwanted/)
      await api.rest.post(`${other}/configmaps`, configMap('a', { bad: 'x' }))
    },
  )

  conformance(
    '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should deny crd creation [Conformance]',
    async () => {
      await using _ = await one(
        'validating',
        'deny-crd',
        () => deniedWith('the crd contains unwanted label'),
        [rule(['customresourcedefinitions'], ['CREATE'])],
        { namespaceSelector: {}, objectSelector: { matchLabels: { unwanted: 'yes' } } },
      )
      const labels = { unwanted: 'yes' }
      const body = definition('unwanteds', [{ name: 'v1' }], { labels })
      assert.match(message(await create(DEFINITIONS, body)), /the crd contains unwanted label/)
    },
  )

  conformance(
    '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should honor timeout [Conformance]',
    async () => {
      const path = await api.namespace('timeouts')
      const attempt = async (handler: ReviewHandler, more: object): Promise<Answer> => {
        await using _ = await one('validating', 'timeouts', handler, CONFIG_MAPS, more)
        return await create(`${path}/configmaps`, { metadata: { generateName: 'a-' } })
      }
      const hangs: ReviewHandler = () => undefined
      const late = await attempt(hangs, { timeoutSeconds: 1 })
      assert.deepEqual([late.status, /deadline/.test(message(late))], [500, true])
      const ignored = await attempt(hangs, { timeoutSeconds: 1, failurePolicy: 'Ignore' })
      assert.equal(ignored.status, 201)
      const inTime = await attempt(() => ({ allowed: true }), { timeoutSeconds: 10 })
      assert.equal(inTime.status, 201)
    },
  )

  conformance(
    '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should include webhook resources in discovery documents [Conformance]',
    async () => {
      const { groups } = await api.rest.get('/apis')
      const group = (groups as { readonly name: string; readonly versions: object[] }[]).find(
        ({ name }) => name === 'admissionregistration.k8s.io',
      )
      assert.ok(group?.versions.some((each) => 'version' in each && each.version === 'v1'))
      const { resources } = await api.rest.get(ADMISSION)
      const names = (resources as { readonly name: string }[]).map(({ name }) => name)
      for (const kind of ['mutating', 'validating'])
        assert.ok(names.includes(`${kind}webhookconfigurations`))
    },
  )

  conformance(
    '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should mutate configmap [Conformance]',
    async () => {
      const path = await api.namespace('stages')
      const stage =
        (need: string, add: string): ReviewHandler =>
        ({ object }) =>
          object?.data?.[need]
            ? patchedBy({ op: 'add', path: `/data/${add}`, value: 'yes' })
            : { allowed: true }
      hook.on('/stage-1', stage('start', 'stage-1'))
      hook.on('/stage-2', stage('stage-1', 'stage-2'))
      await using _ = await register('mutating', 'stages', [
        webhookOf('stages', '/stage-1', CONFIG_MAPS),
        webhookOf('stages', '/stage-2', CONFIG_MAPS),
      ])
      const { data } = await api.rest.post(`${path}/configmaps`, configMap('a', { start: 'yes' }))
      assert.deepEqual(data, { start: 'yes', 'stage-1': 'yes', 'stage-2': 'yes' })
    },
  )

  const open = { type: 'object', additionalProperties: { type: 'string' } }
  const dataSchema = (data: object): object => ({ type: 'object', properties: { data } })

  conformance(
    '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should mutate custom resource [Conformance]',
    async () => {
      await api.namespace('mutate-custom')
      const group = 'mutate.example.com'
      const schema = dataSchema(open)
      await define(api.rest, definition('changeds', [{ name: 'v1', schema }], { group }))
      await using _ = await one('mutating', 'mutate-custom', MARK, [rule(['changeds'])])
      const path = `/apis/${group}/v1/namespaces/mutate-custom/changeds`
      const body = { apiVersion: `${group}/v1`, kind: 'Changed', ...configMap('a', { x: 'y' }) }
      assert.deepEqual((await api.rest.post(path, body))['data'], { x: 'y', mutated: 'yes' })
    },
  )

  conformance(
    '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should mutate custom resource with different stored version [Conformance]',
    async () => {
      await api.namespace('mutate-stored')
      const group = 'stored.example.com'
      const schema = dataSchema(open)
      const versions = [
        { name: 'v1', schema },
        { name: 'v2', schema },
      ]
      await define(api.rest, definition('storeds', versions, { group }))
      await using _ = await one('mutating', 'mutate-stored', MARK, [
        rule(['storeds'], ['CREATE', 'UPDATE']),
      ])
      const path = `/apis/${group}/v1/namespaces/mutate-stored/storeds`
      const body = { apiVersion: `${group}/v1`, kind: 'Stored', ...configMap('a', { x: 'y' }) }
      await api.rest.post(path, body)
      await api.rest.patch(
        `${DEFINITIONS}/storeds.${group}`,
        [
          { op: 'replace', path: '/spec/versions/0/storage', value: false },
          { op: 'replace', path: '/spec/versions/1/storage', value: true },
        ],
        'application/json-patch+json',
      )
      const { data } = await api.rest.patch(`${path}/a`, { data: { more: 'z' } })
      assert.deepEqual(data, { x: 'y', mutated: 'yes', more: 'z' })
    },
  )

  conformance(
    '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should mutate custom resource with pruning [Conformance]',
    async () => {
      await api.namespace('mutate-prune')
      const group = 'prune.example.com'
      const text = { type: 'string' }
      const schema = dataSchema({ type: 'object', properties: { x: text, known: text } })
      await define(api.rest, definition('pruneds', [{ name: 'v1', schema }], { group }))
      const handler: ReviewHandler = () =>
        patchedBy(
          { op: 'add', path: '/data/known', value: 'yes' },
          { op: 'add', path: '/data/unknown', value: 'yes' },
        )
      await using _ = await one('mutating', 'mutate-prune', handler, [rule(['pruneds'])])
      const path = `/apis/${group}/v1/namespaces/mutate-prune/pruneds`
      const body = { apiVersion: `${group}/v1`, kind: 'Pruned', ...configMap('a', { x: 'y' }) }
      assert.deepEqual((await api.rest.post(path, body))['data'], { x: 'y', known: 'yes' })
    },
  )

  conformance(
    "[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should mutate everything except 'skip-me' configmaps [Conformance]",
    async () => {
      const path = await api.namespace('skip')
      await using _ = await one('mutating', 'skip', MARK, CONFIG_MAPS, {
        matchConditions: [{ name: 'skip-me', expression: "object.metadata.name != 'skip-me'" }],
      })
      const mutated = await api.rest.post(`${path}/configmaps`, configMap('a', { x: 'y' }))
      const skipped = await api.rest.post(`${path}/configmaps`, configMap('skip-me', { x: 'y' }))
      assert.deepEqual([mutated['data'], skipped['data']], [{ x: 'y', mutated: 'yes' }, { x: 'y' }])
    },
  )

  conformance(
    '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should mutate pod and apply defaults after mutation [Conformance]',
    async () => {
      const path = await api.namespace('defaults')
      const value = [{ name: 'added', image: 'x' }]
      const handler: ReviewHandler = () =>
        patchedBy({ op: 'add', path: '/spec/initContainers', value })
      await using _ = await one('mutating', 'defaults', handler, [rule(['pods'], ['CREATE'])])
      const { spec } = await api.rest.post(`${path}/pods`, {
        metadata: { name: 'a' },
        spec: { containers: [{ name: 'c', image: 'x' }] },
      })
      const { initContainers } = spec as {
        readonly initContainers: readonly { readonly [field: string]: unknown }[]
      }
      assert.deepEqual(
        initContainers.map(({ name, terminationMessagePolicy }) => [
          name,
          terminationMessagePolicy,
        ]),
        [['added', 'File']],
      )
    },
  )

  conformance(
    '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should not be able to mutate or prevent deletion of webhook configuration objects [Conformance]',
    async () => {
      const rules = [
        rule(
          ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'],
          ['*'],
          ['admissionregistration.k8s.io'],
        ),
      ]
      const everywhere = { namespaceSelector: {} }
      await using _ = await one('validating', 'exempt-v', REFUSE, rules, everywhere)
      const label: ReviewHandler = () =>
        patchedBy({ op: 'add', path: '/metadata/labels', value: { mutated: 'yes' } })
      await using __ = await one('mutating', 'exempt-m', label, rules, everywhere)
      for (const kind of ['mutating', 'validating'] as const) {
        const webhook = webhookOf('none', '/none', CONFIG_MAPS)
        const dummy = await register(kind, `dummy-${kind}`, [webhook])
        assert.equal((await api.rest.get(dummy.path)).metadata.labels, undefined)
        await dummy[Symbol.asyncDispose]()
      }
      assert.deepEqual([hook.calls('/exempt-v'), hook.calls('/exempt-m')], [0, 0])
    },
  )

  conformance(
    '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should unconditionally reject operations on fail closed webhook [Conformance]',
    async () => {
      const path = await api.namespace('fail-closed')
      await using _ = await one(
        'validating',
        'fail-closed',
        () => ({ allowed: true }),
        CONFIG_MAPS,
        {
          clientConfig: { url: hook.clientConfig('/fail-closed').url },
        },
      )
      const answer = await create(`${path}/configmaps`, configMap('a'))
      assert.equal(answer.status, 500)
      assert.match(message(answer), /^Internal error occurred: failed calling webhook/)
    },
  )
})
