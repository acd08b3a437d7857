import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { celEnvironment, compileCel, DEVICE, toJson } from '../index.ts'

const ENVIRONMENT = celEnvironment({ variables: { device: DEVICE } })
const QUARTZ = {
  driver: 'gpu.example.com',
  attributes: { 'gpu.example.com': { model: { string: 'quartz' } } },
  capacity: { 'gpu.example.com': { memory: '8Gi' } },
}

function evaluate(source: string): unknown {
  const compiled = compileCel(source, ENVIRONMENT)
  if (!compiled.ok) return compiled.message
  const result = compiled.program.evaluate({ device: QUARTZ })
  return result.ok ? toJson(result.value) : result.error
}

test('any domain of a device can be looked up, and `in` tells those of which it has something', () => {
  for (const domains of ['device.attributes', 'device.capacity']) {
    assert.equal(evaluate(`"gpu.example.com" in ${domains}`), true)
    assert.equal(evaluate(`"other.example.com" in ${domains}`), false)
    assert.equal(evaluate(`size(${domains}["other.example.com"])`), 0)
    assert.equal(evaluate(`has(${domains}.other)`), true)
    assert.equal(evaluate(`has(${domains}.other.name)`), false)
  }
})
