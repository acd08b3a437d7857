import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pod } from '../../api/core/v1/index.ts'
import { rowOf } from './testing.ts'

const RUNNING = { running: { startedAt: '2025-12-31T23:55:00Z' } }
const DONE = { terminated: { exitCode: 0, reason: 'Completed' } }

function status(name: string, state: object, more: object = {}): object {
  return {
    name,
    state,
    ready: 'running' in state,
    restartCount: 0,
    image: 'x',
    imageID: '',
    ...more,
  }
}

function container(name: string, more: object = {}): object {
  return { name, image: 'x', ...more }
}

function condition(type: string, value: string, reason = ''): object {
  return { type, status: value, reason }
}

interface Case {
  readonly says: string
  readonly spec?: object
  readonly status?: object
  readonly metadata?: object
  readonly shows: Readonly<Record<string, string>>
}

const TWO = { containers: [container('a'), container('b')] }
const INIT = { containers: [container('a')], initContainers: [container('i'), container('j')] }
const SIDECAR = {
  containers: [container('a')],
  initContainers: [container('s', { restartPolicy: 'Always' }), container('i')],
}

const CASES: readonly Case[] = [
  { says: 'nothing yet', status: {}, shows: { Ready: '0/1', Status: 'Pending', Restarts: '0' } },
  {
    says: 'a gate that keeps it from being scheduled',
    status: {
      phase: 'Pending',
      conditions: [condition('PodScheduled', 'False', 'SchedulingGated')],
    },
    shows: { Status: 'SchedulingGated' },
  },
  {
    says: 'how many containers are ready',
    spec: TWO,
    status: {
      phase: 'Running',
      containerStatuses: [status('a', RUNNING), status('b', RUNNING, { ready: false })],
    },
    shows: { Ready: '1/2', Status: 'Running' },
  },
  {
    says: 'when it restarted last',
    status: {
      phase: 'Running',
      containerStatuses: [
        status('a', RUNNING, {
          restartCount: 3,
          lastState: { terminated: { exitCode: 1, finishedAt: '2025-12-31T23:57:00Z' } },
        }),
      ],
    },
    shows: { Ready: '1/1', Restarts: '3 (3m ago)' },
  },
  {
    says: 'what a container waits for',
    status: {
      phase: 'Running',
      containerStatuses: [status('a', { waiting: { reason: 'CrashLoopBackOff' } })],
    },
    shows: { Ready: '0/1', Status: 'CrashLoopBackOff' },
  },
  {
    says: 'the first container where several have something to say',
    spec: TWO,
    status: {
      phase: 'Pending',
      containerStatuses: [
        status('a', { waiting: { reason: 'ImagePullBackOff' } }),
        status('b', { waiting: { reason: 'ErrImagePull' } }),
      ],
    },
    shows: { Status: 'ImagePullBackOff' },
  },
  {
    says: 'how a container ended',
    status: { phase: 'Failed', containerStatuses: [status('a', { terminated: { exitCode: 3 } })] },
    shows: { Status: 'ExitCode:3' },
  },
  {
    says: 'the signal that ended a container',
    status: {
      phase: 'Failed',
      containerStatuses: [status('a', { terminated: { exitCode: 137, signal: 9 } })],
    },
    shows: { Status: 'Signal:9' },
  },
  {
    says: 'that all is done',
    status: { phase: 'Succeeded', containerStatuses: [status('a', DONE)] },
    shows: { Ready: '0/1', Status: 'Completed' },
  },
  {
    says: 'that one container is done and another runs',
    spec: TWO,
    status: {
      phase: 'Running',
      conditions: [condition('Ready', 'True')],
      containerStatuses: [status('a', DONE), status('b', RUNNING)],
    },
    shows: { Ready: '1/2', Status: 'Running' },
  },
  {
    says: 'that one container is done and the Pod not ready',
    spec: TWO,
    status: {
      phase: 'Running',
      conditions: [condition('Ready', 'False')],
      containerStatuses: [status('a', DONE), status('b', RUNNING)],
    },
    shows: { Ready: '1/2', Status: 'NotReady' },
  },
  {
    says: 'that it was evicted',
    status: { phase: 'Failed', reason: 'Evicted' },
    shows: { Status: 'Evicted' },
  },
  {
    says: 'how many init containers are done',
    spec: INIT,
    status: {
      phase: 'Pending',
      initContainerStatuses: [status('i', DONE), status('j', RUNNING)],
      containerStatuses: [status('a', { waiting: { reason: 'PodInitializing' } })],
    },
    shows: { Ready: '0/1', Status: 'Init:1/2' },
  },
  {
    says: 'why an init container failed, and how often it restarted',
    spec: INIT,
    status: {
      phase: 'Pending',
      initContainerStatuses: [
        status('i', { waiting: { reason: 'CrashLoopBackOff' } }, { restartCount: 2 }),
        status('j', { waiting: { reason: 'PodInitializing' } }),
      ],
    },
    shows: { Status: 'Init:CrashLoopBackOff', Restarts: '2' },
  },
  {
    says: 'the exit code of an init container',
    spec: INIT,
    status: {
      phase: 'Failed',
      initContainerStatuses: [status('i', { terminated: { exitCode: 2 } })],
    },
    shows: { Status: 'Init:ExitCode:2' },
  },
  {
    says: 'that sidecars count as containers',
    spec: SIDECAR,
    status: {
      phase: 'Running',
      initContainerStatuses: [
        status('s', RUNNING, { started: true, restartCount: 1 }),
        status('i', DONE, { restartCount: 4 }),
      ],
      containerStatuses: [status('a', RUNNING, { restartCount: 2 })],
    },
    shows: { Ready: '2/2', Status: 'Running', Restarts: '3' },
  },
  {
    says: 'that it ends',
    metadata: { deletionTimestamp: '2026-01-01T00:00:30Z' },
    status: { phase: 'Running', containerStatuses: [status('a', RUNNING)] },
    shows: { Ready: '1/1', Status: 'Terminating' },
  },
  {
    says: 'how it ended, until it is gone',
    metadata: { deletionTimestamp: '2026-01-01T00:00:30Z' },
    status: { phase: 'Succeeded', containerStatuses: [status('a', DONE)] },
    shows: { Status: 'Completed' },
  },
  {
    says: 'that nobody knows, where the node is lost',
    metadata: { deletionTimestamp: '2026-01-01T00:00:30Z' },
    status: { phase: 'Running', reason: 'NodeLost' },
    shows: { Status: 'Unknown' },
  },
  {
    says: 'where it runs, and its gates',
    spec: {
      containers: [container('a')],
      nodeName: 'n',
      readinessGates: [{ conditionType: 'x.com/a' }, { conditionType: 'x.com/b' }],
    },
    status: { podIPs: [{ ip: '10.0.0.1' }], conditions: [condition('x.com/b', 'True')] },
    shows: { IP: '10.0.0.1', Node: 'n', 'Nominated Node': '<none>', 'Readiness Gates': '1/2' },
  },
]

for (const { says, shows, spec = { containers: [container('a')] }, ...pod } of CASES) {
  test(`the row of a Pod says ${says}`, () => {
    const row = rowOf(Pod, { ...pod, spec })
    assert.deepEqual({ ...row, ...shows }, row)
    assert.equal(row['Age'], '5m')
  })
}
