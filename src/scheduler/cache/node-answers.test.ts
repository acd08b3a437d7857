import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { nodeWith, podWith } from '../testing.ts'
import { ClusterCache } from './cluster-cache.ts'
import { AnswersByShape, NodeAnswers } from './node-answers.ts'
import { podInfo } from './pod-info.ts'

test('NodeAnswers hold until the node or its Pods change, or another node takes its place', () => {
  const cache = new ClusterCache()
  for (const name of ['a', 'b', 'c']) cache.setNode(nodeWith(name))
  const answers = new NodeAnswers<string>()
  const known = (): string =>
    cache
      .list()
      .map((node) => (answers.has(node) ? answers.get(node) : '?'))
      .join('')
  const answerAll = (): void => cache.list().forEach((node) => answers.set(node, node.name))
  assert.equal(known(), '???')
  answerAll()
  assert.equal(known(), 'abc')
  cache.assume(podInfo(podWith('web')), 'b')
  assert.equal(known(), 'a?c')
  answerAll()
  cache.forget('uid-web')
  cache.setNode(nodeWith('c', { spec: { unschedulable: true } }))
  assert.equal(known(), 'a??')
  cache.removeNode('a')
  cache.setNode(nodeWith('d'))
  assert.equal(known(), '???')
  answerAll()
  assert.equal(known(), 'bcd')
})

test('NodeAnswers keep nothing of copies of nodes', () => {
  const cache = new ClusterCache()
  cache.setNode(nodeWith('a'))
  const answers = new NodeAnswers<string>()
  const copy = cache.get('a')!.clone()
  answers.set(copy, 'copy')
  assert.equal(answers.has(copy), false)
})

test('AnswersByShape keeps answers from the second question of a shape on', () => {
  const answers = new AnswersByShape<string>()
  assert.equal(answers.of('small'), undefined)
  assert.equal(answers.of('large'), undefined)
  const small = answers.of('small')
  assert.ok(small)
  assert.equal(answers.of('small'), small)
  assert.notEqual(answers.of('large'), small)
})
