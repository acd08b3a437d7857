import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { virtualClock } from '../../../base/virtual-clock.node.ts'
import { statusWith } from '../../testing.node.ts'
import {
  converted,
  startTestWebhook,
  type ConversionReviewValue,
  type TestObject,
} from '../testing-webhook.node.ts'
import { crontab, crontabs, startCrdServer } from '../testing.node.ts'

const NAME = 'crontabs.stable.example.com'
const V1 = 'stable.example.com/v1'
const V2 = 'stable.example.com/v2'

function version(name: string, storage: boolean, field: string): object {
  const properties = { [field]: { type: 'string' } }
  const spec = { type: 'object', properties }
  return {
    name,
    served: true,
    storage,
    schema: { openAPIV3Schema: { type: 'object', properties: { spec } } },
    selectableFields: [{ jsonPath: `.spec.${field}` }],
  }
}

/** v1 says `hostPort`, v2 says `host`. */
function convert(object: TestObject, apiVersion: string): TestObject {
  const { host, hostPort } = object['spec'] as Readonly<Record<string, string>>
  const text = host ?? hostPort ?? ''
  const spec = apiVersion === V2 ? { host: text } : { hostPort: text }
  return { ...object, apiVersion, spec }
}

function twoVersions(conversion: object, storage = 'v1'): object {
  return crontabs(
    {},
    {},
    {
      conversion,
      versions: [
        version('v1', storage === 'v1', 'hostPort'),
        version('v2', storage === 'v2', 'host'),
      ],
    },
  )
}

suite('conversion of custom resources', () => {
  test('a webhook brings objects from one version into the other', async () => {
    await using hook = await startTestWebhook()
    hook.answerWith((review) => converted(review, convert))
    await using server = await startCrdServer({ webhooks: hook.webhooks })
    const definition = await server.define(twoVersions(hook.conversion))
    const [one, two] = ['v1', 'v2'].map((each) => server.objects(definition, 'default', each))
    await one!.create(crontab('a', { hostPort: 'x:1' }))
    const read = await two!.get('a')
    assert.equal(read.apiVersion, V2)
    assert.deepEqual(read['spec'], { host: 'x:1' })
    await two!.patch('a', { spec: { host: 'y:2' } })
    assert.deepEqual((await one!.get('a'))['spec'], { hostPort: 'y:2' })
    const events = await two!.watch({ fieldSelector: 'spec.host=y:2' }, (seen) => seen.length === 1)
    assert.deepEqual(events, ['ADDED a'])
  })

  test('a list of objects stored in two versions is whole in one', async () => {
    await using hook = await startTestWebhook()
    hook.answerWith((review) => converted(review, convert))
    await using server = await startCrdServer({ webhooks: hook.webhooks })
    const definition = await server.define(twoVersions(hook.conversion))
    await server.objects(definition, 'default').create(crontab('a', { hostPort: 'x:1' }))
    const { versions } = (twoVersions(hook.conversion, 'v2') as { spec: { versions: object[] } })
      .spec
    const changed = await server.definitions.patch(NAME, { spec: { versions } })
    assert.deepEqual((changed['status'] as { storedVersions: string[] }).storedVersions, [
      'v1',
      'v2',
    ])
    const two = server.objects(definition, 'default', 'v2')
    await two.create({ ...crontab('b', { host: 'z:3' }), apiVersion: V2 })
    const { items } = await two.list()
    assert.deepEqual(
      items.map((each) => [each.apiVersion, each['spec']]),
      [
        [V2, { host: 'x:1' }],
        [V2, { host: 'z:3' }],
      ],
    )
  })

  test('fields are owned across versions', async () => {
    await using hook = await startTestWebhook()
    hook.answerWith((review) => converted(review, convert))
    await using server = await startCrdServer({ webhooks: hook.webhooks })
    const definition = await server.define(twoVersions(hook.conversion))
    const [one, two] = ['v1', 'v2'].map((each) => server.objects(definition, 'default', each))
    const apply = (apiVersion: string, fieldManager: string, spec: object) =>
      ({
        body: { ...crontab('a', spec), apiVersion },
        patchType: 'apply',
        options: { fieldManager },
      }) as const
    await one!.patch('a', undefined, apply(V1, 'first', { hostPort: 'x:1' }))
    await assert.rejects(
      two!.patch('a', undefined, apply(V2, 'second', { host: 'y:2' })),
      statusWith({
        code: 409,
        message: /conflict with "first": .spec.hostPort/,
      }),
    )
  })

  const lies: readonly (readonly [
    what: string,
    answer: (review: ConversionReviewValue) => unknown,
    message: string,
  ])[] = [
    [
      'changes the name',
      (review) =>
        converted(review, (object, to) => ({
          ...convert(object, to),
          metadata: { ...object.metadata, name: 'b' },
        })),
      'conversion webhook for stable.example.com/v1, Kind=CronTab returned invalid object: must have the same name: a != b',
    ],
    [
      'forgets objects',
      (review) => {
        const answer = converted(review, convert) as { response: object }
        return { ...answer, response: { ...answer.response, convertedObjects: [] } }
      },
      'conversion webhook for stable.example.com/v1, Kind=CronTab returned 0 objects, expected 1',
    ],
    [
      'answers something else',
      () => 'garbage',
      "conversion webhook for stable.example.com/v1, Kind=CronTab failed: couldn't get version/kind; json parse error: invalid character 'g' looking for beginning of value",
    ],
    [
      'fails',
      ({ request }) => ({
        kind: 'ConversionReview',
        apiVersion: 'apiextensions.k8s.io/v1',
        response: { uid: request.uid, result: { status: 'Failed', message: 'no luck' } },
      }),
      'conversion webhook for stable.example.com/v1, Kind=CronTab failed: no luck',
    ],
    [
      'answers in the wrong version',
      (review) => converted(review, (object) => object),
      'conversion webhook for stable.example.com/v1, Kind=CronTab returned invalid object: invalid groupVersion (expected stable.example.com/v2, received stable.example.com/v1)',
    ],
  ]
  for (const [what, answer, message] of lies) {
    test(`a webhook that ${what} fails the request, and no other`, async () => {
      await using hook = await startTestWebhook()
      hook.answerWith(answer)
      await using server = await startCrdServer({ webhooks: hook.webhooks })
      const definition = await server.define(twoVersions(hook.conversion))
      const one = server.objects(definition, 'default')
      await one.create(crontab('a', { hostPort: 'x:1' }))
      const two = server.objects(definition, 'default', 'v2')
      await assert.rejects(two.get('a'), statusWith({ code: 500, message }))
      assert.equal((await one.get('a')).metadata.name, 'a')
      hook.answerWith((review) => converted(review, convert))
      assert.equal((await two.get('a')).metadata.name, 'a')
    })
  }

  test('a webhook that never answers holds a request up for half a minute', async () => {
    await using hook = await startTestWebhook()
    const asked = Promise.withResolvers<void>()
    hook.answerWith(() => {
      asked.resolve()
      return undefined
    })
    const clock = virtualClock()
    await using server = await startCrdServer({ webhooks: hook.webhooks, clock })
    const definition = await server.define(twoVersions(hook.conversion))
    await server.objects(definition, 'default').create(crontab('a', { hostPort: 'x:1' }))
    const reading = assert.rejects(
      server.objects(definition, 'default', 'v2').get('a'),
      statusWith({ code: 500, message: /context deadline exceeded/ }),
    )
    await asked.promise
    await clock.advance(31_000)
    await reading
  })

  test('without a webhook only the version changes', async () => {
    await using server = await startCrdServer()
    const definition = await server.define(twoVersions({ strategy: 'None' }))
    await server.objects(definition, 'default').create(crontab('a', { hostPort: 'x:1' }))
    const read = await server.objects(definition, 'default', 'v2').get('a')
    assert.equal(read.apiVersion, V2)
    assert.deepEqual(read['spec'], {})
  })
})
