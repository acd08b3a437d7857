import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { createQuota, showContent } from '../show-content.ts'
import { suite } from '../suite.node.ts'

const GADGETS = { group: 'example.com', version: 'v1', plural: 'gadgets', kind: 'Gadget' }
const DEFINITION = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: gadgets.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { plural: gadgets, kind: Gadget }
  versions:
    - { name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object } } }
`

describe('custom resources', () => {
  const api = suite()
  before(async () => {
    const { cluster, rest } = api
    await cluster.apply(DEFINITION)
    const path = '/apis/example.com/v1/gadgets'
    await cluster.eventually(async () => (await rest.call('GET', path)).status === 200)
  })

  const gadgets = showContent(api, GADGETS)

  test('are refused beyond a quota', async () => {
    const { cluster } = api
    await api.namespace('limited')
    await gadgets.create('limited', 'one')
    await createQuota(api, GADGETS, 'limited', '2')
    await cluster.eventually(async () => (await gadgets.used('limited')) === '1')
    await gadgets.create('limited', 'two')
    await assert.rejects(gadgets.create('limited', 'three'), /exceeded quota: quota/)
    await gadgets.delete('limited', 'one')
    await cluster.eventually(async () => (await gadgets.used('limited')) === '1')
  })
})
