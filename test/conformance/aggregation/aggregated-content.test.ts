import { after, before, describe } from 'node:test'
import { showContent } from '../show-content.ts'
import { suite } from '../suite.node.ts'
import { GROUP, VERSION } from './flunders.ts'
import { registerSample } from './sample-api.ts'
import type { SampleServer } from './sample-server.node.ts'

describe('objects of an aggregated API', () => {
  const api = suite()
  let sample: SampleServer
  before(async () => {
    sample = await registerSample(api, 'sample')
  })
  after(() => sample[Symbol.asyncDispose]())

  showContent(api, { group: GROUP, version: VERSION, plural: 'flunders', kind: 'Flunder' })
})
