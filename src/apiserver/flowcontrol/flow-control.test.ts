import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MetricSet } from '../../base/metrics.ts'
import { virtualClock } from '../../base/virtual-clock.node.ts'
import type { FlowSchema } from '../../api/flowcontrol/v1/flow-schema.ts'
import type { PriorityLevelConfiguration } from '../../api/flowcontrol/v1/priority-level-configuration.ts'
import { statusWith } from '../testing.node.ts'
import { MANDATORY, SUGGESTED } from './bootstrap-objects.ts'
import { flowConfiguration, schemaFor } from './configuration.ts'
import type { FlowAttributes } from './flow-attributes.ts'
import { FlowControl, type Entered } from './flow-control.ts'
import { flowMetrics } from './flow-metrics.ts'
import { ONE_OBJECT } from './work-estimate.ts'

function by(user: string, groups: readonly string[] = [], more: object = {}): FlowAttributes {
  return {
    type: 'resource',
    user: { name: user, groups: [...groups, 'system:authenticated'] },
    verb: 'get',
    group: '',
    version: 'v1',
    resource: 'pods',
    subresource: '',
    namespace: 'default',
    name: 'a',
    ...more,
  }
}

function path(user: string, where: string): FlowAttributes {
  return { type: 'nonResource', user: by(user).user, verb: 'get', path: where }
}

function named<T>(specs: Readonly<Record<string, unknown>>): readonly T[] {
  return Object.entries(specs).map(
    ([name, spec]) => ({ metadata: { name, uid: `uid-of-${name}` }, spec, status: {} }) as T,
  )
}

const DEFAULTS = {
  schemas: named<FlowSchema>({ ...MANDATORY.flowSchemas, ...SUGGESTED.flowSchemas }),
  levels: named<PriorityLevelConfiguration>({
    ...MANDATORY.priorityLevels,
    ...SUGGESTED.priorityLevels,
  }),
}

test('the default FlowSchemas put each client where upstream puts it', () => {
  const configuration = flowConfiguration(DEFAULTS.schemas, DEFAULTS.levels)
  const of = (attributes: FlowAttributes): string => schemaFor(configuration, attributes).name
  const lease = { group: 'coordination.k8s.io', resource: 'leases', verb: 'update' }
  const manager = 'system:kube-controller-manager'
  const account = 'system:serviceaccount:kube-system:x'
  assert.equal(of(by('admin', ['system:masters'])), 'exempt')
  assert.equal(of(path('anybody', '/readyz')), 'probes')
  assert.equal(of(path('anybody', '/version')), 'global-default')
  assert.equal(of(by(manager, [], lease)), 'system-leader-election')
  assert.equal(of(by(account, [], lease)), 'system-leader-election')
  assert.equal(of(by(manager)), 'kube-controller-manager')
  assert.equal(of(by('system:kube-scheduler')), 'kube-scheduler')
  const node = ['system:nodes']
  const status = { resource: 'nodes', subresource: 'status', namespace: '', verb: 'patch' }
  assert.equal(of(by('system:node:a', node, status)), 'system-node-high')
  assert.equal(of(by('system:node:a', node, { ...lease, namespace: 'x' })), 'system-node-high')
  assert.equal(of(by('system:node:a', node)), 'system-nodes')
  assert.equal(of(by(account, ['system:serviceaccounts'])), 'kube-system-service-accounts')
  const other = 'system:serviceaccount:default:x'
  assert.equal(of(by(other, ['system:serviceaccounts'])), 'service-accounts')
  assert.equal(of(by('alice')), 'global-default')
})

/** Four seats, of which two are each for `ours` and for everybody else. */
function control({ queueLengthLimit = 10, borrowingLimitPercent = 100 } = {}) {
  const clock = virtualClock()
  const set = new MetricSet()
  const flow = new FlowControl({
    clock,
    concurrency: 4,
    waitMsMax: 15_000,
    observer: flowMetrics(set),
  })
  const level = (name: string) => ({
    [name]: {
      type: 'Limited',
      limited: {
        nominalConcurrencyShares: 5,
        lendablePercent: 50,
        borrowingLimitPercent,
        limitResponse: {
          type: 'Queue',
          queuing: { queues: 8, handSize: 1, queueLengthLimit },
        },
      },
    },
  })
  const rule = (subject: string) => ({
    subjects: [{ kind: 'Group', group: { name: subject } }],
    resourceRules: [
      { verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true },
    ],
  })
  const schema = (name: string, precedence: number, group: string) => ({
    [name]: {
      priorityLevelConfiguration: { name },
      matchingPrecedence: precedence,
      distinguisherMethod: { type: 'ByUser' },
      rules: [rule(group)],
    },
  })
  const schemas = { ...schema('ours', 10, 'us'), ...schema('theirs', 20, 'system:authenticated') }
  const none = {
    type: 'Limited',
    limited: { nominalConcurrencyShares: 0, limitResponse: { type: 'Reject' } },
  }
  const configure = (...names: readonly string[]): void => {
    const levels = Object.assign({ 'catch-all': none }, ...names.map(level)) as object
    flow.configure(flowConfiguration(named(schemas), named(levels as Record<string, unknown>)))
  }
  configure('ours', 'theirs')
  const enter = (
    attributes: FlowAttributes,
    facts = ONE_OBJECT,
    signal = new AbortController().signal,
  ): Entered | Promise<Entered> => flow.classify(attributes).enter(facts, () => signal)
  return { clock, flow, enter, configure, text: () => set.text() }
}

test('FlowControl lets a level run as much as it has seats, the rest in turn', async () => {
  const { enter, text, flow } = control()
  using _ = flow
  const first = enter(by('a')) as Entered
  enter(by('a'))
  const third = enter(by('a'))
  assert.ok(third instanceof Promise)
  // Another level is not held up, nor is who is exempt.
  assert.equal(typeof enter(by('b', ['us'])), 'function')
  assert.equal(typeof enter(by('root', ['system:masters'])), 'function')
  assert.match(
    await text(),
    /current_inqueue_requests\{priority_level="theirs",flow_schema="theirs"\} 1\n/,
  )
  first()
  await third
  const metrics = await text()
  assert.match(
    metrics,
    /current_inqueue_requests\{priority_level="theirs",flow_schema="theirs"\} 0\n/,
  )
  assert.match(
    metrics,
    /dispatched_requests_total\{priority_level="theirs",flow_schema="theirs"\} 3\n/,
  )
  assert.match(metrics, /nominal_limit_seats\{priority_level="theirs"\} 2\n/)
})

test('FlowControl turns away who has waited too long, and lets go who went away', async () => {
  const { enter, clock, text, flow } = control({ borrowingLimitPercent: 0 })
  using _ = flow
  enter(by('a'))
  enter(by('a'))
  const gone = new AbortController()
  const late = assert.rejects(
    enter(by('a')) as Promise<Entered>,
    statusWith({ code: 429, message: 'Too many requests, please try again later.' }),
  )
  const left = assert.rejects(enter(by('b'), ONE_OBJECT, gone.signal) as Promise<Entered>)
  gone.abort()
  await left
  await clock.advance(15_000)
  await late
  assert.match(await text(), /rejected_requests_total\{.*reason="time-out"\} 1/)
  assert.equal(flow.levels.get('theirs')!.queueSet.waiting, 0)
})

test('FlowControl turns away what finds its queue full, and asks for more patience the more there are', async () => {
  const { enter, clock, flow } = control({ queueLengthLimit: 1 })
  using _ = flow
  for (let i = 0; i < 3; i++) void Promise.resolve(enter(by('a'))).catch(() => undefined)
  const refused = (): number => {
    try {
      void enter(by('a'))
    } catch (error) {
      statusWith({ code: 429 })(error)
      return (error as { status: { details: { retryAfterSeconds: number } } }).status.details
        .retryAfterSeconds
    }
    return assert.fail('there was room')
  }
  for (let i = 0; i < 5; i++) assert.equal(refused(), 1)
  await clock.advance(1000)
  assert.equal(refused(), 2)
})

test('FlowControl lends the seats that nobody needs, and takes them back', async () => {
  const { enter, clock, flow } = control()
  using _ = flow
  const entered = (attributes: FlowAttributes): Promise<Entered> =>
    Promise.resolve(enter(attributes))
  const running = [0, 1, 2].map(() => entered(by('a')))
  const theirs = flow.levels.get('theirs')!
  assert.equal(theirs.queueSet.running, 2)
  await clock.advance(10_000)
  // Of the other level's two seats, half can be lent.
  assert.equal(theirs.gauges.current, 3)
  assert.equal(theirs.queueSet.running, 3)
  for (const each of running) (await each)()
  const [one, two] = [entered(by('b', ['us'])), entered(by('b', ['us']))]
  await one
  await clock.advance(10_000)
  await two
  assert.equal(flow.levels.get('ours')!.gauges.current, 2)
})

test('FlowControl: a level that was removed finishes what it has, and its schema goes to the next one', async () => {
  const { enter, flow, configure } = control()
  using _ = flow
  const leave = enter(by('b', ['us'])) as Entered
  configure('theirs')
  assert.equal(flow.levels.get('ours')!.isQuiescing, true)
  assert.equal(schemaFor(flow.configuration, by('b', ['us'])).name, 'theirs')
  leave()
  assert.equal(flow.levels.has('ours'), false)
})

test('FlowControl holds seats for a write until its watches are told', async () => {
  const { enter, clock, flow } = control()
  using _ = flow
  const write = { ...ONE_OBJECT, verb: 'create', watches: 100 }
  const leave = enter(by('a'), write) as Entered
  leave()
  const { queueSet } = flow.levels.get('theirs')!
  assert.equal(queueSet.running, 0)
  assert.ok(queueSet.seatsInUse > 0)
  await clock.advance(100)
  assert.equal(queueSet.seatsInUse, 0)
})
