import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { statusWith } from '../testing.node.ts'
import { crontab, crontabs, startCrdServer } from './testing.node.ts'

const SPEC = {
  properties: {
    cronSpec: { type: 'string', pattern: String.raw`^(\d+|\*)(/\d+)?(\s+(\d+|\*)(/\d+)?){4}$` },
    image: { type: 'string' },
    replicas: { type: 'integer', minimum: 1, maximum: 10, default: 1 },
  },
}

suite('custom resources', () => {
  test('a definition is established, and its objects are stored, defaulted and pruned', async () => {
    await using server = await startCrdServer()
    const definition = await server.define(crontabs(SPEC))
    assert.deepEqual(definition.status.acceptedNames.shortNames, ['ct'])
    assert.deepEqual(definition.status.storedVersions, ['v1'])
    const calls = server.objects(definition, 'default')
    const created = await calls.create(crontab('a', { cronSpec: '* * * * */5', odd: true }))
    assert.deepEqual(created['spec'], { cronSpec: '* * * * */5', replicas: 1 })
    assert.equal(created.metadata.generation, 1)
    assert.deepEqual(await calls.get('a'), created)
    const updated = await calls.patch('a', { spec: { replicas: 3 } })
    assert.equal(updated.metadata.generation, 2)
  })

  test('objects that are not as their schema says are refused with all that is wrong', async () => {
    await using server = await startCrdServer()
    const calls = server.objects(await server.define(crontabs(SPEC)), 'default')
    await assert.rejects(
      calls.create(crontab('a', { cronSpec: 'never', image: 7, replicas: 11 })),
      statusWith({
        code: 422,
        message:
          'CronTab.stable.example.com "a" is invalid: [spec.cronSpec: Invalid value: "never": spec.cronSpec in body should match \'^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$\', spec.image: Invalid value: "integer": spec.image in body must be of type string: "integer", spec.replicas: Invalid value: 11: spec.replicas in body should be less than or equal to 10]',
      }),
    )
  })

  test('deleting a definition deletes its objects first', async () => {
    await using server = await startCrdServer()
    const definition = await server.define(crontabs(SPEC))
    const calls = server.objects(definition, 'default')
    await calls.create(crontab('a'))
    await calls.create(crontab('b', {}, { metadata: { name: 'b', finalizers: ['x.io/y'] } }))
    await server.definitions.delete(definition.metadata.name)
    await server.whenCondition(definition.metadata.name, 'Terminating', 'True')
    await assert.rejects(
      calls.create(crontab('c')),
      statusWith({
        code: 403,
        message:
          'crontabs.stable.example.com "c" is forbidden: create not allowed while custom resource definition is terminating',
      }),
    )
    await calls.patch('b', { metadata: { finalizers: null } })
    await server.whenGone(definition.metadata.name)
    await assert.rejects(calls.list(), statusWith({ code: 404 }))
  })
})
