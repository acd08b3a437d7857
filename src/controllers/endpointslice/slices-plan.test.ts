import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { EndpointSlice } from '../../api/discovery/v1/endpoint-slice.ts'
import type { Endpoint, PortGroup } from './slice-endpoints.ts'
import { planSlices, type SliceContent } from './slices-plan.ts'

const endpoint = (id: number, ready = true): Endpoint => ({
  addresses: [`10.0.0.${id}`],
  conditions: { ready },
  targetRef: { kind: 'Pod', uid: `uid-${id}` },
})

const http = [{ name: 'http', port: 80, protocol: 'TCP' as const }]
const dns = [{ name: 'dns', port: 53, protocol: 'UDP' as const }]

let names = 0
const slice = ({ addressType, ports, endpoints }: SliceContent): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: {
    name: `slice-${(names += 1)}`,
    namespace: 'default',
    uid: '',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
  },
  addressType,
  ports,
  endpoints,
})

const of = (ports: PortGroup['ports'], ...ids: number[]): SliceContent => ({
  addressType: 'IPv4',
  ports,
  endpoints: ids.map((id) => endpoint(id)),
})
const plan = (groups: readonly PortGroup[], existing: readonly EndpointSlice[], max = 3) =>
  planSlices('IPv4', groups, existing, () => false, max)
const ids = ({ endpoints }: SliceContent | EndpointSlice) =>
  endpoints.map(({ addresses }) => Number(addresses[0]!.split('.').at(-1)))

test('planSlices() leaves what is right alone', () => {
  const existing = [slice(of(http, 1, 2)), slice(of(dns, 1, 2))]
  const groups = [of(dns, 2, 1), of(http, 1, 2)]
  assert.deepEqual(plan(groups, existing), { create: [], update: [], remove: [] })
})

test('planSlices() fills slices that must be written anyway, then one that has room, then new ones', () => {
  const [changed, full] = [slice(of(http, 1, 2)), slice(of(http, 3, 4, 5))]
  const first = plan([of(http, 1, 3, 4, 5, 6, 7)], [changed, full])
  assert.deepEqual(
    first.update.map(([before, after]) => [before, ids(after)]),
    [[changed, [1, 6, 7]]],
  )
  const roomy = plan([of(http, 1, 2, 3, 4, 5, 6)], [changed, full])
  assert.deepEqual(
    roomy.update.map(([, after]) => ids(after)),
    [[1, 2, 6]],
  )
  const more = plan([of(http, 1, 2, 3, 4, 5, 6, 7)], [changed, full])
  assert.deepEqual(more.create.map(ids), [[6, 7]])
})

test('planSlices() updates an endpoint whose condition changed, in place', () => {
  const existing = slice(of(http, 1, 2))
  const { update } = plan(
    [{ ports: http, endpoints: [endpoint(1), endpoint(2, false)] }],
    [existing],
  )
  assert.deepEqual(
    update.map(([, { endpoints }]) => endpoints.map(({ conditions }) => conditions.ready)),
    [[true, false]],
  )
})

test('planSlices() keeps one empty slice where there is no endpoint', () => {
  const none = plan([], [])
  assert.deepEqual(none.create, [{ addressType: 'IPv4', ports: [], endpoints: [] }])
  const placeholder = slice(none.create[0]!)
  assert.deepEqual(plan([], [placeholder]), { create: [], update: [], remove: [] })
  const last = plan([], [slice(of(http, 1)), placeholder])
  assert.equal(last.remove.length + last.update.length, 1)
})

test('planSlices() reuses a slice that would be deleted for one that would be created', () => {
  const existing = slice(of(http, 1))
  const { create, update, remove } = plan([of(dns, 1)], [existing])
  assert.deepEqual([create, remove], [[], []])
  assert.deepEqual(
    update.map(([before, after]) => [before, after.ports]),
    [[existing, dns]],
  )
})

const steps = fc.array(fc.uniqueArray(fc.integer({ min: 1, max: 30 })), { maxLength: 8 })

test('planSlices() gets to each wanted state, and then has nothing more to do', () => {
  fc.assert(
    fc.property(steps, (states) => {
      let slices: readonly EndpointSlice[] = []
      for (const state of states) {
        const groups = [
          of(http, ...state.filter((id) => id % 2 === 0)),
          of(dns, ...state.filter((id) => id % 2 === 1)),
        ].filter(({ endpoints }) => endpoints.length > 0)
        slices = carryOut(slices, plan(groups, slices))
        assert.deepEqual(plan(groups, slices), { create: [], update: [], remove: [] })
        assert.deepEqual(new Set(slices.flatMap(ids)), new Set(state))
        assert.ok(slices.length >= 1 && slices.every(({ endpoints }) => endpoints.length <= 3))
      }
    }),
  )
})

function carryOut(
  slices: readonly EndpointSlice[],
  { create, update, remove }: ReturnType<typeof plan>,
): readonly EndpointSlice[] {
  const updated = new Map(update)
  return [
    ...slices
      .filter((each) => !remove.includes(each))
      .map((each) => ({ ...each, ...updated.get(each) })),
    ...create.map(slice),
  ]
}
