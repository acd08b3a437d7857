import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../base/clock.node.ts'
import { nodeCrypto } from '../../base/crypto.node.ts'
import { parseStaticPod } from './static-pod.ts'

const CONTEXT = { nodeName: 'node', clock: systemClock, crypto: nodeCrypto() }

function problem(metadata: object): string {
  const spec = { containers: [{ name: 'c', image: 'i' }] }
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata, spec })
  try {
    parseStaticPod('/manifests/a.yaml', text, CONTEXT)
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

test('parseStaticPod() refuses what would lead out of the directories of Pods', () => {
  assert.equal(problem({ name: 'a', uid: 'chosen' }), '')
  for (const [metadata, message] of [
    [{ name: '../a' }, /metadata\.name: Invalid value: "\.\.\/a-node"/],
    [{ name: 'a', namespace: '../../x' }, /metadata\.namespace: Invalid value: "\.\.\/\.\.\/x"/],
    [{ name: 'a', uid: '..' }, /metadata\.uid: Invalid value: "\.\.": may not be '\.\.'/],
    [
      { name: 'a', uid: '../../x' },
      /metadata\.uid: Invalid value: "\.\.\/\.\.\/x": may not contain '\/'/,
    ],
    [{}, /metadata\.name: Invalid value: "-node"/],
  ] as const)
    assert.match(problem(metadata), message)
})
